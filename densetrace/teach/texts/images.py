"""What convolution, pooling, padding, cropping and upsampling do: layers and operations."""

from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts.layers import build_entries, call_entry
from densetrace.teach.texts.operation_families import operation

_SHARED: Final = (
    "The same kernel is used at every position, so a few weights can find a pattern anywhere."
)
_SMALLER: Final = (
    "A smaller output costs less, and each later window covers more of the input. Small shifts of "
    "a pattern change little."
)
_WITH_GRADIENTS: Final = "A tape runs it in the backward pass."

# -- layers ----------------------------------------------------------------------------------------

_CONVOLUTION: Final = (
    *build_entries(
        "keras/layers/convolutional/base_conv.py, Conv.build",
        "layers.convolutional.base_conv.Conv.build",
        "Conv.build creates the weights of {subject} for inputs of shape {input_shape}: a kernel "
        "of shape (*kernel_size, channels / groups, filters), and a bias with one number per "
        "filter.",
        "Each filter has one weight for each element of a window in each channel. The number of "
        "windows does not matter: the number of weights is the same for images of any size.",
        "kernel: (*kernel_size, channels / groups, filters). The number of channels matters, the "
        "number of windows does not.",
    ),
    call_entry(
        "convolutional/base_conv",
        "Conv",
        "{subject} slides its kernel over {input}: each filter multiplies each window by its "
        "weights and adds the products up. With bias and activation the result is {result}.",
        f"{_SHARED} A Dense has a weight for each element of an image instead.",
        "One weighted sum for each window and filter. The output has a channel for each filter.",
    ),
)

_LARGER: Final = (
    "It undoes the shape change of a convolution, with weights that are learned: generators and "
    "decoders make images from few numbers with it."
)
_CHANNELS_APART: Final = (
    "A convolution mixes all channels in each sum. Without the mix, the kernel has far fewer "
    "weights; a later layer with windows of one element can mix the channels."
)
_IN_TWO_PARTS: Final = (
    "One kernel looks for patterns, the other one mixes channels. Together they have far fewer "
    "weights than a kernel that does both, and need fewer products."
)


def _transposed(axes: int) -> tuple[Entry, ...]:
    file, cls = f"conv{axes}d_transpose", f"Conv{axes}DTranspose"
    return (
        *build_entries(
            f"keras/layers/convolutional/{file}.py, {cls}.build",
            f"layers.convolutional.{file}.{cls}.build",
            f"{cls}.build creates the weights of {{subject}} for inputs of shape {{input_shape}}: "
            "a kernel of shape (*kernel_size, filters, channels), and a bias with one number per "
            "filter.",
            "The layer runs a convolution backward. So the last two axes of the kernel are "
            "swapped: the filters come before the channels of the input.",
            "kernel: (*kernel_size, filters, channels). In a Conv the channels come before the "
            "filters.",
        ),
        call_entry(
            f"convolutional/{file}",
            cls,
            "{subject} computes the size of its output from {input}, then adds each number, "
            "multiplied by the kernel, to a window of the output. With bias and activation the "
            "result is {result}.",
            _LARGER,
            "Each number is spread over a window of the output; where windows overlap, the "
            "products add up.",
        ),
    )


_OTHER_CONVOLUTIONS: Final = (
    *_transposed(1),
    *_transposed(2),
    *build_entries(
        "keras/layers/convolutional/base_depthwise_conv.py, DepthwiseConv.build",
        "layers.convolutional.base_depthwise_conv.DepthwiseConv.build",
        "DepthwiseConv.build creates the weights of {subject} for inputs of shape {input_shape}: a "
        "kernel of shape (*kernel_size, channels, depth_multiplier), and a bias with one number "
        "per channel of the output.",
        "Each channel has its own kernels, depth_multiplier of them. There is no argument filters: "
        "the output has channels * depth_multiplier channels.",
        "depthwise_kernel: (*kernel_size, channels, depth_multiplier). There are no filters that "
        "see all channels.",
    ),
    *(
        call_entry(
            f"convolutional/depthwise_conv{axes}d",
            f"DepthwiseConv{axes}D",
            "{subject} slides the kernels of each channel over that channel of {input} and adds "
            "up the products. With bias and activation the result is {result}.",
            _CHANNELS_APART,
            "One weighted sum for each window and channel: no sum contains numbers of two "
            "channels.",
        )
        for axes in (1, 2)
    ),
    *build_entries(
        "keras/layers/convolutional/base_separable_conv.py, SeparableConv.build",
        "layers.convolutional.base_separable_conv.SeparableConv.build",
        "SeparableConv.build creates the weights of {subject} for inputs of shape {input_shape}: a "
        "depthwise kernel of shape (*kernel_size, channels, depth_multiplier), a pointwise kernel "
        "that turns channels * depth_multiplier channels into filters, and a bias with one number "
        "per filter.",
        "Two small kernels replace the large one of a Conv, whose size is the product of window, "
        "channels and filters.",
        "depthwise_kernel: one window per channel. pointwise_kernel: windows of one element that "
        "mix the channels.",
    ),
    *(
        call_entry(
            f"convolutional/separable_conv{axes}d",
            f"SeparableConv{axes}D",
            "{subject} convolves each channel of {input} on its own, then mixes the channels at "
            "each position. With bias and activation the result is {result}.",
            _IN_TWO_PARTS,
            "First each channel on its own, then a weighted sum over the channels for each filter.",
        )
        for axes in (1, 2)
    ),
)


def _pooled(axes: str, file: str, cls: str) -> Entry:
    return call_entry(
        f"pooling/{file}",
        cls,
        f"{{subject}} replaces each window over {axes} of {{input}} by one number: {{result}}.",
        _SMALLER,
        "Each channel is pooled separately, so the number of channels stays. Pooling has no "
        "weights.",
    )


def _globally(file: str, cls: str, number: str, axes: str, why: str) -> Entry:
    return call_entry(
        f"pooling/{file}",
        cls,
        f"{{subject}} keeps {number} of each channel of {{input}}, over {axes}: {{result}}.",
        why,
        f"One number for each channel: {axes} are gone.",
    )


_MEANS: Final = (
    "A Dense after it needs few weights, and the size of the input does not matter. Unlike "
    "Flatten, it drops the positions."
)
_STRONGEST: Final = (
    "It shows whether a filter found its pattern anywhere. After it, the size of the input does "
    "not matter."
)
_CHECKED: Final = "Without elements there is neither a mean nor a largest number."

_POOLING: Final = (
    _pooled("the steps", "base_pooling1d", "Pooling1D"),
    _pooled("rows and columns", "base_pooling2d", "Pooling2D"),
    *(
        entry
        for number in (1, 2)
        for entry in build_entries(
            f"keras/layers/pooling/base_global_pooling{number}d.py, GlobalPooling{number}D.build",
            f"layers.pooling.base_global_pooling{number}d.GlobalPooling{number}D.build",
            f"GlobalPooling{number}D.build checks that {{subject}} has something to pool in inputs "
            "of shape {input_shape}. It creates no weights.",
            _CHECKED,
            "No weights: build only checks that there is something to pool.",
        )
    ),
    _globally(
        "global_average_pooling1d", "GlobalAveragePooling1D", "the mean", "all steps", _MEANS
    ),
    _globally(
        "global_average_pooling2d",
        "GlobalAveragePooling2D",
        "the mean",
        "all rows and columns",
        _MEANS,
    ),
    _globally(
        "global_max_pooling1d",
        "GlobalMaxPooling1D",
        "the largest number",
        "all steps",
        _STRONGEST,
    ),
    _globally(
        "global_max_pooling2d",
        "GlobalMaxPooling2D",
        "the largest number",
        "all rows and columns",
        _STRONGEST,
    ),
)

_RESIZING: Final = (
    call_entry(
        "reshaping/zero_padding1d",
        "ZeroPadding1D",
        "{subject} adds steps of zeros before and after {input}: {result}.",
        "A convolution without padding shortens a sequence. Added zeros compensate for that; "
        "unlike padding='same', you choose how many go on each side.",
        "padding is how many steps of zeros are added: before, after.",
    ),
    call_entry(
        "reshaping/zero_padding2d",
        "ZeroPadding2D",
        "{subject} adds rows and columns of zeros around {input}: {result}.",
        "A convolution without padding makes an image smaller. Added zeros compensate for that; "
        "unlike padding='same', you choose how many go on each side.",
        "padding is ((top, bottom), (left, right)). Batch and channels stay.",
    ),
    call_entry(
        "reshaping/up_sampling1d",
        "UpSampling1D",
        "{subject} repeats each step of {input} size times: {result}.",
        "It undoes the shape change of pooling: a decoder uses it to make sequences longer.",
        "Each step is repeated. There are no weights.",
    ),
    call_entry(
        "reshaping/up_sampling2d",
        "UpSampling2D",
        "{subject} multiplies rows and columns of {input} by size: {result}.",
        "It undoes the shape change of pooling: a decoder uses it to make images larger, and a "
        "later convolution fills in the details.",
        "interpolation='nearest' repeats rows and columns; 'bilinear' computes values in between.",
    ),
    call_entry(
        "reshaping/cropping1d",
        "Cropping1D",
        "{subject} cuts steps off both ends of {input}: {result}.",
        "It can make two sequences equally long, so that they can be added or joined.",
        "cropping is how many steps are cut off: at the beginning, at the end.",
    ),
    call_entry(
        "reshaping/cropping2d",
        "Cropping2D",
        "{subject} cuts rows and columns off {input}: {result}.",
        "It can make two images the same size, so that they can be added or joined.",
        "cropping is ((top, bottom), (left, right)). Batch and channels stay.",
    ),
)

# -- operations ------------------------------------------------------------------------------------


def _convolving(point: str, over: str, source: str) -> Entry:
    return operation(
        point,
        f"% slides the filters {{second}} over {over} {{first}}: each filter multiplies a window "
        "by its weights and adds the products up. The result is {result}.{windows}",
        _SHARED,
        source,
    )


def _spreading(point: str, numbers: str, source: str, more: str = "") -> Entry:
    return operation(
        point,
        f"% multiplies each number of {numbers} by the weights of {{filters}} and adds the "
        f"products to a window of the output. The result is {{result}}.{more}",
        "It is the backward pass of a convolution, used forward: the windows of the output are "
        "strides apart, so images and sequences get larger.",
        source,
    )


def _pooling(number: str, over: str) -> str:
    return (
        f"% keeps {number} of each window over {over} {{input}}, for each channel. The "
        "result is {result}.{windows}"
    )


_OPERATIONS: Final = (
    _convolving("tf.nn.convolution", "the input", "nn_ops.convolution_v2"),
    _convolving("tf.nn.conv1d", "the sequences", "nn_ops.conv1d_v2"),
    _convolving("tf.nn.conv2d", "the images", "nn_ops.conv2d_v2"),
    _spreading("tf.nn.conv1d_transpose", "{input}", "nn_ops.conv1d_transpose"),
    _spreading("tf.nn.conv2d_transpose", "{input}", "nn_ops.conv2d_transpose_v2"),
    _spreading(
        "tf.nn.atrous_conv2d_transpose", "{value}", "nn_ops.atrous_conv2d_transpose",
        " Between the elements of a window there are gaps: rate is their distance.",
    ),
    operation(
        "tf.raw_ops.Conv2DBackpropInput",
        "% spreads each number over a window, multiplied by the weights of the filters: {result}. "
        "That is the gradient of a convolution for its input.",
        f"{_WITH_GRADIENTS} A transposed convolution computes the same in the forward pass.",
        "gen_nn_ops.conv2d_backprop_input",
    ),
    operation(
        "tf.raw_ops.Conv2DBackpropFilter",
        "% multiplies each window of the input {first} by the gradient of its sum, and adds up "
        "over all windows: {result}. That is the gradient of a convolution for its kernel.",
        f"{_WITH_GRADIENTS} Each window uses the weight, so its gradient is a sum over all "
        "windows.",
        "gen_nn_ops.conv2d_backprop_filter",
    ),
    operation(
        "tf.nn.depthwise_conv2d",
        "% slides the filters {second} over each channel of {first} on its own: the products of a "
        "window are added up, but not over channels. The result is {result}.{windows}",
        _SHARED,
        "nn_impl.depthwise_conv2d_v2",
    ),
    operation(
        "tf.raw_ops.DepthwiseConv2dNativeBackpropInput",
        "% spreads each number over a window of its input channel, multiplied by the weights of "
        "the filters: {result}. That is the gradient of a depthwise convolution for its input.",
        f"{_WITH_GRADIENTS} A number is in many windows, so its gradient is a sum over them.",
        "gen_nn_ops.depthwise_conv2d_native_backprop_input",
    ),
    operation(
        "tf.raw_ops.DepthwiseConv2dNativeBackpropFilter",
        "% multiplies each window of each channel of {first} by the gradient of its sum, and adds "
        "up over all windows: {result}. That is the gradient of a depthwise convolution for its "
        "kernel.",
        f"{_WITH_GRADIENTS} Each window uses the weight, so its gradient is a sum over all "
        "windows.",
        "gen_nn_ops.depthwise_conv2d_native_backprop_filter",
    ),
    operation(
        "tf.nn.max_pool", _pooling("the largest number", "the input"), _SMALLER,
        "nn_ops.max_pool_v2",
    ),
    operation(
        "tf.nn.max_pool1d", _pooling("the largest number", "the sequences"), _SMALLER,
        "nn_ops.max_pool1d",
    ),
    operation(
        "tf.nn.max_pool2d", _pooling("the largest number", "the images"), _SMALLER,
        "nn_ops.max_pool2d",
    ),
    operation(
        "tf.raw_ops.MaxPoolGrad",
        "% passes the gradient of each window to the largest element of the window, and 0 to the "
        "others: {result}.",
        f"{_WITH_GRADIENTS} Only the largest element changes the output. Of several equal ones "
        "the first gets the gradient.",
        "gen_nn_ops.max_pool_grad",
    ),
    operation(
        "tf.raw_ops.MaxPoolGradGrad",
        "% takes from each window the number at the position of the input's largest element: "
        "{result}.",
        "A tape runs it for the gradient of the gradient of max pooling.",
        "gen_nn_ops.max_pool_grad_grad",
    ),
    operation(
        "tf.nn.avg_pool", _pooling("the mean", "the input"), _SMALLER, "nn_ops.avg_pool_v2"
    ),
    operation(
        "tf.nn.avg_pool1d", _pooling("the mean", "the sequences"), _SMALLER, "nn_ops.avg_pool1d"
    ),
    operation(
        "tf.nn.avg_pool2d", _pooling("the mean", "the images"), _SMALLER, "nn_ops.avg_pool2d"
    ),
    operation(
        "tf.raw_ops.AvgPoolGrad",
        "% divides the gradient of each window equally among its elements: {result}.",
        f"{_WITH_GRADIENTS} Each element counts the same in a mean.",
        "gen_nn_ops.avg_pool_grad",
    ),
    operation(
        "tf.nn.pool",
        "% keeps one number of each window over {input}, for each channel: the largest for "
        "pooling_type 'MAX', the mean for 'AVG'. The result is {result}.{windows}",
        "One function covers both kinds of pooling and one to three axes, with gaps in the "
        "windows if dilations are given.",
        "nn_ops.pool_v2",
    ),
    operation(
        "tf.image.resize",
        "% computes images of another size from {images}. The result is {result}.",
        "UpSampling2D calls it. The method 'nearest' repeats pixels; others compute each new pixel "
        "as a weighted sum of those around it.",
        "image_ops_impl.resize_images_v2",
    ),
    operation(
        "tf.raw_ops.ResizeBilinearGrad",
        "% adds up, for each pixel, the gradients of the pixels computed from it: {result}.",
        f"{_WITH_GRADIENTS} Resizing is a weighted sum, so the gradient is spread with the same "
        "weights.",
        "gen_image_ops.resize_bilinear_grad",
    ),
)  # fmt: skip

ENTRIES: Final = (*_CONVOLUTION, *_OTHER_CONVOLUTIONS, *_POOLING, *_RESIZING, *_OPERATIONS)
