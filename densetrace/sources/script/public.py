"""Keras's and TensorFlow's public names, as far as our stack has them, and where it keeps each.

Rooms of the public module tree -> name -> "module:name" in our stack. Nothing is imported here.
"""

from typing import TypeAlias

Room: TypeAlias = dict[str, str]

KERAS_VERSION = "2.14.0"
TENSORFLOW_VERSION = "2.14.1"

MIRROR = "densetrace.keras"
TENSORS = "densetrace.sources.script.tensors"

LOOK_UPS = "deserialize get serialize"


def _room(**listed: str) -> Room:
    """A room from `module__path="Name other=Name"`; two underscores stand for a dot."""
    found: Room = {}
    for module, names in listed.items():
        found |= _room_of(f"{MIRROR}.{module.replace('__', '.')}", names)
    return found


def _room_of(module: str, names: str) -> Room:
    words = (word.partition("=") for word in names.split())
    return {name: f"{module}:{attribute or name}" for name, _, attribute in words}


ACTIVATIONS = (
    "elu exponential gelu hard_sigmoid linear mish relu selu sigmoid softmax softplus softsign "
    "swish tanh"
)
INITIALIZERS = (
    "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform "
    "Ones Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros "
    "constant=Constant glorot_normal=GlorotNormal glorot_uniform=GlorotUniform "
    "he_normal=HeNormal he_uniform=HeUniform identity=Identity lecun_normal=LecunNormal "
    "lecun_uniform=LecunUniform ones=Ones orthogonal=Orthogonal random_normal=RandomNormal "
    "random_uniform=RandomUniform truncated_normal=TruncatedNormal "
    "variance_scaling=VarianceScaling zeros=Zeros"
)
REGULARIZERS = (
    "L1 L1L2 L2 OrthogonalRegularizer l1=L1 l2=L2 l1_l2 "
    "orthogonal_regularizer=OrthogonalRegularizer"
)
CONSTRAINTS = (
    "MaxNorm MinMaxNorm NonNeg RadialConstraint UnitNorm max_norm=MaxNorm "
    "min_max_norm=MinMaxNorm non_neg=NonNeg radial_constraint=RadialConstraint unit_norm=UnitNorm"
)
LOSS_FUNCTIONS = (
    "binary_crossentropy binary_focal_crossentropy categorical_crossentropy "
    "categorical_focal_crossentropy hinge kl_divergence KLD=kl_divergence kld=kl_divergence "
    "kullback_leibler_divergence=kl_divergence log_cosh logcosh=log_cosh mean_absolute_error "
    "MAE=mean_absolute_error mae=mean_absolute_error mean_absolute_percentage_error "
    "MAPE=mean_absolute_percentage_error mape=mean_absolute_percentage_error mean_squared_error "
    "MSE=mean_squared_error mse=mean_squared_error mean_squared_logarithmic_error "
    "MSLE=mean_squared_logarithmic_error msle=mean_squared_logarithmic_error poisson "
    "sparse_categorical_crossentropy squared_hinge"
)
LOSSES = (
    "BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy "
    "CategoricalFocalCrossentropy CategoricalHinge CosineSimilarity Hinge Huber KLDivergence "
    "LogCosh Loss MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError "
    "MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy SquaredHinge "
    "categorical_hinge cosine_similarity huber"
)
METRICS = (
    "AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy "
    "CategoricalCrossentropy CategoricalHinge CosineSimilarity F1Score FBetaScore FalseNegatives "
    "FalsePositives Hinge IoU KLDivergence LogCoshError Mean MeanAbsoluteError "
    "MeanAbsolutePercentageError MeanIoU MeanMetricWrapper MeanRelativeError MeanSquaredError "
    "MeanSquaredLogarithmicError MeanTensor Metric OneHotIoU OneHotMeanIoU Poisson Precision "
    "PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError "
    "SensitivityAtSpecificity SparseCategoricalAccuracy SparseCategoricalCrossentropy "
    "SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum "
    "TopKCategoricalAccuracy TrueNegatives TruePositives binary_accuracy categorical_accuracy "
    "sparse_categorical_accuracy sparse_top_k_categorical_accuracy top_k_categorical_accuracy"
)
OPTIMIZERS = "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lion Nadam Optimizer RMSprop SGD"
REGISTRATION = (
    "custom_object_scope=CustomObjectScope get_custom_objects "
    "get_registered_name get_registered_object register_keras_serializable"
)

KERAS: dict[str, Room] = {
    "": _room(
        engine__sequential="Sequential", engine__training="Model", engine__input_layer="Input"
    ),
    "layers": _room(
        layers__core__dense="Dense",
        engine__input_layer="Input InputLayer",
        engine__input_spec="InputSpec",
        engine__base_layer="Layer",
        layers="deserialize serialize",
        layers__activation="ELU LeakyReLU PReLU ReLU Softmax ThresholdedReLU",
    ),
    "models": _room(
        engine__sequential="Sequential", engine__training="Model", models="model_from_json"
    ),
    "activations": _room(activations=f"{ACTIVATIONS} {LOOK_UPS}"),
    "initializers": _room(initializers=f"{INITIALIZERS} Initializer {LOOK_UPS}"),
    "regularizers": _room(regularizers=f"{REGULARIZERS} Regularizer {LOOK_UPS}"),
    "constraints": _room(constraints=f"{CONSTRAINTS} Constraint {LOOK_UPS}"),
    "losses": _room(losses=f"{LOSSES} {LOSS_FUNCTIONS} Reduction {LOOK_UPS}"),
    "metrics": _room(metrics=f"{METRICS} {LOOK_UPS}", losses=LOSS_FUNCTIONS),
    "optimizers": _room(optimizers=f"{OPTIMIZERS} {LOOK_UPS}"),
    "optimizers.legacy": _room(
        optimizers__legacy="Adadelta Adagrad Adam Adamax Ftrl Nadam Optimizer RMSprop SGD"
    ),
    "optimizers.schedules": _room(
        optimizers__schedules=(
            "ExponentialDecay InverseTimeDecay "
            "LearningRateSchedule PiecewiseConstantDecay deserialize serialize"
        )
    ),
    "backend": _room(
        backend=(
            "cast_to_floatx clear_session epsilon eval floatx get_uid get_value name_scope "
            "placeholder reset_uids set_epsilon set_floatx set_value variable"
        )
    ),
    "mixed_precision": _room(mixed_precision__policy="Policy"),
    "saving": _room(
        saving__object_registration=REGISTRATION,
        saving__serialization_lib="deserialize_keras_object serialize_keras_object",
    ),
    "utils": _room(
        saving__object_registration=f"CustomObjectScope {REGISTRATION}",
        saving__serialization_lib="deserialize_keras_object serialize_keras_object",
        _random="set_random_seed",
    ),
}

NN = (
    "elu gelu leaky_relu log_softmax relu relu6 selu sigmoid silu=swish softmax softplus softsign "
    "swish tanh"
)
MATH = (
    "abs=absolute add argmax cos divide equal exp greater less maximum minimum multiply "
    "negative pow=power reduce_mean reduce_min sign sin sqrt square subtract"
)
DTYPES = (
    "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool=boolean "
    "complex64 complex128"
)

TENSORFLOW: dict[str, Room] = {
    "": _room(
        _shapes="TensorSpec",
        _tensors="Tensor TensorShape Variable convert_to_tensor",
        _ops="cast clip_by_value constant matmul reduce_max reduce_sum tensordot",
    )
    | _room_of(
        TENSORS,
        f"{MATH} {DTYPES} concat executing_eagerly expand_dims eye fill get_logger ones ones_like "
        "range=arange rank reshape shape size squeeze stack transpose zeros zeros_like",
    ),
    # The functions that Keras takes from TensorFlow as they are: calls of them are steps.
    "nn": _room(_nn=NN, _ops="bias_add l2_loss l2_normalize")
    | _room(activations="leaky_relu relu6"),
    "math": _room_of(TENSORS, f"{MATH} log")
    | _room(_ops="l2_normalize reduce_max reduce_sum", _nn="sigmoid softmax softplus tanh"),
    "linalg": _room(_ops="matmul tensordot"),
    "random": _room_of(TENSORS, "normal set_seed uniform"),
    "errors": _room(_errors="InvalidArgumentError OpError ResourceExhaustedError"),
}
for _shared in ("initializers", "losses", "metrics", "optimizers"):
    TENSORFLOW[_shared] = KERAS[_shared]
