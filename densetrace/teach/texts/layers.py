"""What the layers other than Dense do: their `build`, their `call`, and what training changes."""

from typing import Final

from densetrace.teach.entries import Entry

_BUILD = "keras/engine/base_layer.py, Layer._maybe_build"


def call_entry(
    module: str, cls: str, what: str, why: str, note: str = "", outcome: str = ""
) -> Entry:
    return Entry(
        "call",
        what,
        why,
        f"keras/layers/{module}.py, {cls}.call",
        f"layers.{module.replace('/', '.')}.{cls}.call",
        outcome,
        note,
        once=True,
    )


def _merged(cls: str, what: str, why: str, note: str = "") -> Entry:
    """The text of `_Merge.call` for one of the classes that share it."""
    return Entry(
        "call",
        what,
        why,
        "keras/layers/merging/base_merge.py, _Merge.call, which calls "
        f"keras/layers/merging/{cls.lower()}.py, {cls}._merge_function",
        "layers.merging.base_merge._Merge.call",
        cls,
        note,
        once=True,
    )


def build_entries(place: str, point: str, what: str, why: str, note: str) -> tuple[Entry, Entry]:
    """The texts of a `build`: of one that your code calls, and of one on the first call."""
    return (
        Entry("build", what, why, place, point, note=note, once=True),
        Entry(
            "build",
            f"built is False, so Keras calls build. {what}",
            why,
            f"{place}, called by {_BUILD}",
            point,
            "lazily",
            note,
            once=True,
        ),
    )


# -- shapes ----------------------------------------------------------------------------------------

_SHAPES: Final = (
    call_entry(
        "reshaping/flatten",
        "Flatten",
        "{subject} keeps the first axis of {input}, the batch, and merges all others into one: "
        "{result}. The numbers stay the same.",
        "A Dense works along the last axis only. After Flatten, that axis contains all numbers of "
        "a sample, so each becomes a feature.",
        "The batch axis stays; all others are merged into one. The numbers stay the same, and "
        "there are no weights.",
    ),
    call_entry(
        "reshaping/reshape",
        "Reshape",
        "{subject} arranges the numbers of each sample of {input} in the target shape, in the same "
        "order: {result}.",
        "The target shape leaves out the batch axis, which always stays. One size may be -1: "
        "Keras computes it from the others.",
        "Same numbers, same order, new shape. The target shape leaves out the batch axis.",
    ),
    call_entry(
        "reshaping/permute",
        "Permute",
        "{subject} puts the axes of {input} in another order: {result}.",
        "dims counts axes from 1, because axis 0 is the batch, which stays. Unlike Reshape, "
        "Permute moves numbers to other positions: a matrix is transposed.",
        "dims counts axes from 1: axis 0, the batch, stays where it is.",
    ),
    call_entry(
        "reshaping/repeat_vector",
        "RepeatVector",
        "{subject} repeats each row of {input} n times along a new axis 1: {result}.",
        "A decoder needs the same vector at each time step. RepeatVector adds that time axis.",
        "Each sample is a vector; it is repeated along a new axis 1.",
    ),
)

# -- elements --------------------------------------------------------------------------------------

_ELEMENTS: Final = (
    call_entry(
        "core/activation",
        "Activation",
        "{subject} applies its function to {input}: {result}.",
        "It is the activation argument of a Dense as a separate layer. That is useful if another "
        "layer, such as BatchNormalization, goes between the weighted sums and the activation.",
    ),
    call_entry(
        "core/lambda_layer",
        "Lambda",
        "{subject} calls your function with {input}: {result}.",
        "A Lambda turns a function without weights into a layer. Keras cannot safely load a "
        "function's code from a config, so if you save the model, write your own layer class "
        "instead.",
    ),
    call_entry(
        "preprocessing/image_preprocessing",
        "Rescaling",
        "{subject} multiplies {input} by scale and adds offset: {result}.",
        "Pixels are whole numbers from 0 to 255. A model learns better from small numbers. As a "
        "layer, the scaling is saved with the model, so predict does it too.",
        "Each number is multiplied by scale, and offset is added. The result has the dtype of the "
        "layer, even for integer input.",
    ),
    call_entry(
        "preprocessing/category_encoding",
        "CategoryEncoding",
        "{subject} turns the whole numbers in {input} into vectors with a place for each of "
        "num_tokens numbers: {result}.",
        "A category has no size, so its number must not be multiplied by a weight. In a vector "
        "each category has a place, and so a weight, of its own.",
        "one_hot marks the place of each number, multi_hot those of all numbers of a sample; count "
        "says how often each number is there.",
    ),
    call_entry(
        "core/masking",
        "Masking",
        "{subject} marks each time step of {input} whose features all equal mask_value, and sets "
        "it to 0: {result}.",
        "Sequences of a batch have different lengths and are padded. The mask tells later layers "
        "which time steps are padding. It is passed on with the output as _keras_mask.",
        "A time step is masked if all its features equal mask_value. The mask is passed on with "
        "the output, and layers that support masks skip these time steps.",
    ),
)

# -- embedding -------------------------------------------------------------------------------------

_EMBEDDING: Final = (
    *build_entries(
        "keras/layers/core/embedding.py, Embedding.build",
        "layers.core.embedding.Embedding.build",
        "Embedding.build creates the weight embeddings of {subject}: one row for each index, as "
        "many rows as input_dim, with output_dim numbers each.",
        "input_dim and output_dim are arguments, so the shape of the input does not matter: there "
        "are always input_dim * output_dim parameters.",
        "One row per index (input_dim), output_dim numbers each: the shape of the input does not "
        "matter.",
    ),
    call_entry(
        "core/embedding",
        "Embedding",
        "{subject} replaces each index in {input} with its row of embeddings: {result}. The "
        "output has one axis more than the input.",
        "An index is only a number for a word or a product; its row can be trained. The result "
        "equals multiplying by a one-hot vector, without computing the zeros. A training step "
        "changes only the rows that the batch looked up.",
        "A lookup: each index becomes its row, so there is one more axis.",
    ),
)

# -- random ----------------------------------------------------------------------------------------

_NOT_TRAINING = (
    "Randomness is only for training. training is False in predict and evaluate, and in a call "
    "without training=True outside fit."
)
_UNCHANGED_WHAT = "{subject} returns {input} unchanged, because this call is not training."
_UNCHANGED = "Not training: the output is the input. Only fit, or a call with training=True, "


def _random(
    module: str, cls: str, what: str, why: str, note: str, does: str
) -> tuple[Entry, Entry, Entry]:
    """The texts of a layer that is random in training, and changes nothing otherwise."""
    general = (
        "In training {subject} " + does + "; otherwise it returns {input} unchanged: {result}."
    )
    return (
        call_entry(module, cls, general, why),
        call_entry(module, cls, what, why, note, "training"),
        call_entry(
            module, cls, _UNCHANGED_WHAT, _NOT_TRAINING, f"{_UNCHANGED}{does}.", "not training"
        ),
    )


def _whole_channels(what: str, why: str, note: str, does: str) -> tuple[Entry, Entry]:
    """The texts of the spatial dropouts, which inherit the `call` of `Dropout`."""
    module, cls = "regularization/dropout", "Dropout"
    idle = f"{_UNCHANGED}{does}."
    return (
        call_entry(module, cls, what, why, note, "training, channels"),
        call_entry(module, cls, _UNCHANGED_WHAT, _NOT_TRAINING, idle, "not training, channels"),
    )


_RANDOM: Final = (
    *build_entries(
        "keras/engine/base_layer.py, BaseRandomLayer.build",
        "engine.base_layer.BaseRandomLayer.build",
        "BaseRandomLayer.build prepares the random numbers of {subject}. It creates no weights.",
        "A layer with random numbers has its own generator, so the same seed gives the same "
        "numbers again. A generator is not trained.",
        "This build adds no weights. It prepares the random numbers of the layer.",
    ),
    *_random(
        "regularization/dropout",
        "Dropout",
        "{subject} sets a random part of {input} to 0, each element with probability rate, and "
        "multiplies the others by 1 / (1 - rate): {result}.",
        "A unit cannot rely on particular others, because they may be missing, so the model "
        "overfits less. The factor keeps the sums the same on average, so predict needs no "
        "correction.",
        "Training: each element becomes 0 with probability rate, the others are multiplied by "
        "1 / (1 - rate).",
        "sets elements to 0",
    ),
    *_whole_channels(
        "{subject} sets whole channels of {input} to 0, each channel of a sample with probability "
        "rate, and multiplies the others by 1 / (1 - rate): {result}.",
        "Neighboring elements in a sequence or an image are similar, so they compensate for a "
        "single missing one. They cannot compensate for a missing channel.",
        "Training: each channel of a sample becomes 0 with probability rate, the others are "
        "multiplied by 1 / (1 - rate).",
        "sets channels to 0",
    ),
    *_random(
        "regularization/gaussian_noise",
        "GaussianNoise",
        "{subject} adds random noise to {input}, normally distributed around 0 with the standard "
        "deviation stddev: {result}.",
        "Each epoch sees slightly different data, so the model overfits less.",
        "Training: normally distributed noise is added.",
        "adds noise",
    ),
    *_random(
        "regularization/gaussian_dropout",
        "GaussianDropout",
        "{subject} multiplies {input} by random noise, normally distributed around 1: {result}.",
        "It disturbs as much as Dropout of the same rate, but sets no element to 0.",
        "Training: each element is multiplied by normally distributed noise around 1.",
        "multiplies by noise",
    ),
    *_random(
        "regularization/alpha_dropout",
        "AlphaDropout",
        "{subject} sets a random part of {input} to the lowest value of selu, then scales and "
        "shifts all elements, so that mean and variance stay: {result}.",
        "selu keeps the outputs of a layer at mean 0 and variance 1. Dropout would destroy that; "
        "AlphaDropout does not.",
        "Training: some elements become selu's lowest value; then all are scaled and shifted to "
        "keep mean and variance.",
        "drops elements",
    ),
)

# -- normalization ---------------------------------------------------------------------------------

_BATCH = "normalization/batch_normalization"
_NORMALIZE = (
    "Features of a similar size make training faster and less sensitive to the learning rate and "
    "to the first weights."
)

_NORMALIZATION: Final = (
    *build_entries(
        f"keras/layers/{_BATCH}.py, BatchNormalizationBase.build",
        "layers.normalization.batch_normalization.BatchNormalizationBase.build",
        "BatchNormalization.build creates up to four weights for {subject}, with one number per "
        "feature each: gamma and beta, which the optimizer trains, and moving_mean and "
        "moving_variance, which it does not.",
        "gamma and beta let the model undo the normalization where that helps. The moving "
        "statistics are for predict, where a batch may be a single sample.",
        "gamma and beta are trained. moving_mean and moving_variance are not: calls with "
        "training=True update them.",
    ),
    call_entry(
        _BATCH,
        "BatchNormalizationBase",
        "{subject} normalizes {input}: {result}. Whether it uses the statistics of the batch "
        "depends on a value that is only known when the graph runs.",
        _NORMALIZE,
    ),
    call_entry(
        _BATCH,
        "BatchNormalizationBase",
        "{subject} normalizes each feature of {input} by the mean and variance of this batch, and "
        "shifts moving_mean and moving_variance slightly towards them: {result}.",
        f"{_NORMALIZE} predict will use the moving statistics.",
        "Training: mean and variance come from this batch; the moving statistics shift slightly "
        "towards them.",
        "training",
    ),
    call_entry(
        _BATCH,
        "BatchNormalizationBase",
        "{subject} normalizes each feature of {input} by moving_mean and moving_variance, which "
        "training collected: {result}.",
        "The output of a sample must not depend on the other samples of its batch. Before any "
        "training they are 0 and 1, so the output is almost equal to the input.",
        "Not training: moving_mean and moving_variance are used, 0 and 1 before any training.",
        "not training",
    ),
    *build_entries(
        "keras/layers/normalization/layer_normalization.py, LayerNormalization.build",
        "layers.normalization.layer_normalization.LayerNormalization.build",
        "LayerNormalization.build creates gamma (ones) and beta (zeros) for {subject}, one number "
        "per feature each.",
        "gamma and beta let the model undo the normalization where that helps. There are no "
        "moving statistics: each sample is normalized by its own mean and variance.",
        "gamma and beta are trained. There are no moving statistics, unlike in BatchNormalization.",
    ),
    call_entry(
        "normalization/layer_normalization",
        "LayerNormalization",
        "{subject} normalizes each sample of {input} by the mean and variance of its own features: "
        "{result}.",
        f"{_NORMALIZE} The other samples of the batch have no effect, so training and predict "
        "compute the same.",
        "Each sample is normalized by its own mean and variance, in training and in predict.",
    ),
    *build_entries(
        "keras/layers/normalization/group_normalization.py, GroupNormalization.build",
        "layers.normalization.group_normalization.GroupNormalization.build",
        "GroupNormalization.build checks that the channels of {subject} can be divided into "
        "groups of the same size, and creates gamma (ones) and beta (zeros), one number per "
        "channel each.",
        "gamma and beta let the model undo the normalization where that helps. There are no "
        "moving statistics: each group of a sample is normalized by its own mean and variance.",
        "gamma and beta are trained. The number of channels must be a multiple of groups.",
    ),
    call_entry(
        "normalization/group_normalization",
        "GroupNormalization",
        "{subject} normalizes each group of channels of each sample of {input} by its own mean and "
        "variance: {result}.",
        f"{_NORMALIZE} The other samples of the batch have no effect, so batches may be small.",
        "The channels of a sample are divided into groups, and each group is normalized on its "
        "own.",
    ),
    *build_entries(
        "keras/layers/preprocessing/normalization.py, Normalization.build",
        "layers.preprocessing.normalization.Normalization.build",
        "Normalization.build creates mean (zeros), variance (ones) and count for {subject}, unless "
        "mean and variance are arguments. No optimizer trains them.",
        "adapt computes mean and variance from your data before training. Until then the layer "
        "changes nothing.",
        "mean, variance and count are computed by adapt. They are not trained.",
    ),
    call_entry(
        "preprocessing/normalization",
        "Normalization",
        "{subject} subtracts the mean from {input} and divides by the standard deviation; with "
        "invert=True it does the opposite: {result}.",
        f"{_NORMALIZE} As a layer, the normalization is saved with the model, so predict does it "
        "too.",
        "mean and variance are those that adapt computed, in training and in predict.",
    ),
    *build_entries(
        "keras/layers/normalization/unit_normalization.py, UnitNormalization.build",
        "layers.normalization.unit_normalization.UnitNormalization.build",
        "UnitNormalization.build turns the axis of {subject} into a list of axes. It creates no "
        "weights.",
        "To resolve an axis counted from the end, the number of axes of the input must be known.",
        "No weights: build only computes which axes are normalized.",
    ),
    call_entry(
        "normalization/unit_normalization",
        "UnitNormalization",
        "{subject} divides each sample of {input} by its length (the square root of its sum of "
        "squares): {result}.",
        "All samples then have length 1, and only their direction counts.",
    ),
)

# -- merging ---------------------------------------------------------------------------------------

_BROADCAST = "Axes of size 1 are repeated to fit, and missing axes are added with size 1."
_NO_WEIGHTS = "No weights: build only checks that the shapes of the inputs fit together."
_FITS = (
    "A merge layer is called on a list of inputs, so build gets a list of shapes. A check here "
    "gives a clearer error than the failing operation would."
)


def _checked(file: str, cls: str, what: str) -> tuple[Entry, Entry]:
    """The texts of the `build` of a layer that merges."""
    return build_entries(
        f"keras/layers/merging/{file}.py, {cls}.build",
        f"layers.merging.{file}.{cls}.build",
        what,
        _FITS,
        _NO_WEIGHTS,
    )


_MERGING: Final = (
    *_checked(
        "base_merge",
        "_Merge",
        "_Merge.build checks that the shapes {input_shape} can be broadcast to one. It creates no "
        "weights.",
    ),
    *_checked(
        "subtract",
        "Subtract",
        "Subtract.build checks that there are two inputs, then that their shapes "
        "{input_shape} fit. It creates no weights.",
    ),
    *_checked(
        "concatenate",
        "Concatenate",
        "Concatenate.build checks that the shapes {input_shape} are equal except along the axis "
        "on which they are joined. It creates no weights.",
    ),
    *_checked(
        "dot",
        "Dot",
        "Dot.build checks that there are two inputs, and that their sizes along axes are equal: "
        "{input_shape}. It creates no weights.",
    ),
    _merged(
        "Add",
        "{subject} adds its inputs {input}, element by element: {result}.",
        f"A residual connection adds the input of a block to its output. {_BROADCAST}",
        "Element by element: the shapes of all inputs must fit together.",
    ),
    _merged(
        "Subtract",
        "{subject} subtracts the second of its inputs {input} from the first: {result}.",
        f"It takes exactly two inputs, since their order counts. {_BROADCAST}",
        "Exactly two inputs: the first minus the second.",
    ),
    _merged(
        "Multiply",
        "{subject} multiplies its inputs {input}, element by element: {result}.",
        f"A gate multiplies a signal by numbers between 0 and 1. {_BROADCAST}",
        "Element by element, not as matrices: that is what Dot does.",
    ),
    _merged(
        "Average",
        "{subject} computes the mean of its inputs {input}, element by element: {result}.",
        f"The outputs of several models can be averaged into one. {_BROADCAST}",
    ),
    _merged(
        "Maximum",
        "{subject} keeps the largest of its inputs {input} at each position: {result}.",
        f"The strongest of several signals is passed on. {_BROADCAST}",
    ),
    _merged(
        "Minimum",
        "{subject} keeps the smallest of its inputs {input} at each position: {result}.",
        f"The weakest of several signals is passed on. {_BROADCAST}",
    ),
    _merged(
        "Concatenate",
        "{subject} joins its inputs {input} along its axis: {result}.",
        "The inputs are not mixed: a later layer learns how to combine them. Unlike with Add, the "
        "sizes along the axis may differ; they add up.",
        "The sizes along the axis add up. All other sizes must be equal.",
    ),
    _merged(
        "Dot",
        "{subject} multiplies its inputs {input} and sums the products along axes, sample by "
        "sample: {result}.",
        "A dot product measures how similar two vectors are; with normalize=True it is the cosine "
        "of the angle between them.",
        "Sample by sample: the first sample of one input is paired with the first of the other.",
    ),
)

# -- operations inside -----------------------------------------------------------------------------

_STATISTICS = "keras/layers/normalization/batch_normalization.py, BatchNormalizationBase"

_INSIDE: Final = (
    Entry(
        "op",
        outcome="moments",
        what="{point} computes the mean and the variance of the batch, {result}{from_operands}.",
        why="The mean of each feature is taken over the batch. The variance is the mean of the "
        "squared differences from it.",
        where=f"TensorFlow's {{point}}; called in {_STATISTICS}._moments",
    ),
    Entry(
        "op",
        outcome="moving average",
        what="{point} computes {result}{from_operands}, a part of the new moving statistic.",
        why="The new value is old - (old - batch) * (1 - momentum). With the usual momentum of "
        "0.99, a batch counts for one percent, so predict is only accurate after many batches.",
        where=f"TensorFlow's {{point}}; called in {_STATISTICS}._assign_moving_average",
    ),
)

ENTRIES: Final = (
    *_SHAPES,
    *_ELEMENTS,
    *_EMBEDDING,
    *_RANDOM,
    *_NORMALIZATION,
    *_MERGING,
    *_INSIDE,
)
