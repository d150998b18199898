"""The table of names: every public name of Keras and TensorFlow that our stack has.

Each name is listed here once, with its aliases, its home, the modules that make it public and the
registries whose lookup finds it. What reads the table is in `densetrace.data.names`.

To add a layer, write its file and add its line here:

    Group("keras.layers.core.dropout", "Dropout", "keras.layers", "layers", expression=True),
"""

from typing import Final, NamedTuple


class Group(NamedTuple):
    """Objects of one home that are public in the same modules.

    `names` has a word for each object, the best known first: `HeNormal=he_normal|HeNormalV2` is
    public as `HeNormal` and as `he_normal`, and a lookup also finds it as `HeNormalV2`. `|Reduce`
    is not public: only a lookup finds it. The first name is the object's name in its home, unless a
    colon gives another: `pow:power`.
    """

    home: str
    """The module that defines the objects, below `densetrace`."""
    names: str
    public: str = ""
    """The modules that export them: `keras.layers`, `tf.nn`; `keras` is Keras itself."""
    found: str = ""
    """The registries in which a string finds them."""
    expression: bool = False
    """Whether an expression may use the public names."""


_LOOKUPS: Final = "deserialize get serialize"
_PREPARING: Final = "keras.layers keras.layers.experimental.preprocessing"

TABLE: tuple[Group, ...] = (
    # Layers and models
    Group("keras.layers.core.dense", "Dense", "keras.layers", "layers", expression=True),
    Group("keras.layers.core.activation", "Activation", "keras.layers", "layers", expression=True),
    Group(
        "keras.layers.regularization.dropout",
        "Dropout", "keras.layers", "layers", expression=True,
    ),
    Group("keras.layers.reshaping.flatten", "Flatten", "keras.layers", "layers", expression=True),
    Group("keras.layers.reshaping.reshape", "Reshape", "keras.layers", "layers", expression=True),
    Group("keras.layers.reshaping.permute", "Permute", "keras.layers", "layers", expression=True),
    Group(
        "keras.layers.reshaping.repeat_vector",
        "RepeatVector", "keras.layers", "layers", expression=True,
    ),
    Group("keras.layers.core.masking", "Masking", "keras.layers", "layers", expression=True),
    Group(
        "keras.layers.regularization.activity_regularization",
        "ActivityRegularization", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.regularization.gaussian_noise",
        "GaussianNoise", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.regularization.gaussian_dropout",
        "GaussianDropout", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.regularization.alpha_dropout",
        "AlphaDropout", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.regularization.spatial_dropout1d",
        "SpatialDropout1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.regularization.spatial_dropout2d",
        "SpatialDropout2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.preprocessing.image_preprocessing",
        "Rescaling", _PREPARING, "layers", expression=True,
    ),
    Group(
        "keras.layers.preprocessing.normalization",
        "Normalization", _PREPARING, "layers", expression=True,
    ),
    Group(
        "keras.layers.preprocessing.category_encoding",
        "CategoryEncoding", _PREPARING, "layers", expression=True,
    ),
    Group(
        "keras.engine.base_preprocessing_layer",
        "PreprocessingLayer", "keras.layers.experimental.preprocessing",
    ),
    Group("keras.layers.merging.add", "Add", "keras.layers", "layers", expression=True),
    Group("keras.layers.merging.add", "add", "keras.layers"),
    Group("keras.layers.merging.subtract", "Subtract", "keras.layers", "layers", expression=True),
    Group("keras.layers.merging.subtract", "subtract", "keras.layers"),
    Group("keras.layers.merging.multiply", "Multiply", "keras.layers", "layers", expression=True),
    Group("keras.layers.merging.multiply", "multiply", "keras.layers"),
    Group("keras.layers.merging.average", "Average", "keras.layers", "layers", expression=True),
    Group("keras.layers.merging.average", "average", "keras.layers"),
    Group("keras.layers.merging.maximum", "Maximum", "keras.layers", "layers", expression=True),
    Group("keras.layers.merging.maximum", "maximum", "keras.layers"),
    Group("keras.layers.merging.minimum", "Minimum", "keras.layers", "layers", expression=True),
    Group("keras.layers.merging.minimum", "minimum", "keras.layers"),
    Group(
        "keras.layers.merging.concatenate",
        "Concatenate", "keras.layers", "layers", expression=True,
    ),
    Group("keras.layers.merging.concatenate", "concatenate", "keras.layers"),
    Group("keras.layers.merging.dot", "Dot", "keras.layers", "layers", expression=True),
    Group("keras.layers.merging.dot", "dot", "keras.layers"),
    Group("keras.layers.core.embedding", "Embedding", "keras.layers", "layers", expression=True),
    Group(
        "keras.layers.core.einsum_dense",
        "EinsumDense", "keras.layers keras.layers.experimental", "layers", expression=True,
    ),
    Group(
        "keras.layers.attention.attention",
        "Attention", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.attention.additive_attention",
        "AdditiveAttention", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.attention.multi_head_attention",
        "MultiHeadAttention", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.normalization.unit_normalization",
        "UnitNormalization", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.normalization.layer_normalization",
        "LayerNormalization", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.normalization.batch_normalization",
        "BatchNormalization", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.normalization.group_normalization",
        "GroupNormalization", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.convolutional.conv1d",
        "Conv1D=Convolution1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.convolutional.conv2d",
        "Conv2D=Convolution2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.convolutional.conv1d_transpose",
        "Conv1DTranspose=Convolution1DTranspose", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.convolutional.conv2d_transpose",
        "Conv2DTranspose=Convolution2DTranspose", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.convolutional.depthwise_conv1d",
        "DepthwiseConv1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.convolutional.depthwise_conv2d",
        "DepthwiseConv2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.convolutional.separable_conv1d",
        "SeparableConv1D=SeparableConvolution1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.convolutional.separable_conv2d",
        "SeparableConv2D=SeparableConvolution2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.pooling.max_pooling1d",
        "MaxPooling1D=MaxPool1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.pooling.max_pooling2d",
        "MaxPooling2D=MaxPool2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.pooling.average_pooling1d",
        "AveragePooling1D=AvgPool1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.pooling.average_pooling2d",
        "AveragePooling2D=AvgPool2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.pooling.global_average_pooling1d",
        "GlobalAveragePooling1D=GlobalAvgPool1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.pooling.global_average_pooling2d",
        "GlobalAveragePooling2D=GlobalAvgPool2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.pooling.global_max_pooling1d",
        "GlobalMaxPooling1D=GlobalMaxPool1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.pooling.global_max_pooling2d",
        "GlobalMaxPooling2D=GlobalMaxPool2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.reshaping.zero_padding1d",
        "ZeroPadding1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.reshaping.zero_padding2d",
        "ZeroPadding2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.reshaping.up_sampling1d",
        "UpSampling1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.reshaping.up_sampling2d",
        "UpSampling2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.reshaping.cropping1d",
        "Cropping1D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.reshaping.cropping2d",
        "Cropping2D", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.rnn.simple_rnn",
        "SimpleRNN SimpleRNNCell", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.rnn.lstm",
        "LSTM LSTMCell", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.rnn.gru",
        "GRU GRUCell", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.rnn.base_rnn",
        "RNN", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.rnn.stacked_rnn_cells",
        "StackedRNNCells", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.rnn.abstract_rnn_cell",
        "AbstractRNNCell", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.rnn.bidirectional",
        "Bidirectional", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.rnn.time_distributed",
        "TimeDistributed", "keras.layers", "layers", expression=True,
    ),
    Group(
        "keras.layers.rnn.base_wrapper",
        "Wrapper", "keras.layers", "layers", expression=True,
    ),
    Group("keras.layers.core.lambda_layer", "Lambda", "keras.layers", "layers"),
    Group("keras.engine.input_layer", "InputLayer", "keras.layers", "layers", expression=True),
    Group("keras.engine.input_layer", "Input", "keras keras.layers", expression=True),
    Group("keras.engine.base_layer", "Layer", "keras.layers", "layers", expression=True),
    Group(
        "keras.layers.activation",
        "ReLU Softmax LeakyReLU ELU PReLU ThresholdedReLU",
        "keras.layers", "layers activations", expression=True,
    ),
    Group("keras.engine.sequential", "Sequential", "keras keras.models", "layers", expression=True),
    Group("keras.engine.training", "Model", "keras keras.models", "layers"),
    Group("keras.engine.functional", "|Functional", "", "layers"),
    Group("keras.layers.core.tf_op_layer", "|TFOpLambda |SlicingOpLambda", "", "layers"),
    Group("keras.engine.base_layer", "|AddLoss |AddMetric", "", "layers"),
    Group("keras.engine.input_spec", "InputSpec", "keras.layers"),
    Group("keras.layers.serialization", "deserialize serialize", "keras.layers"),
    Group("keras.models", "model_from_config model_from_json", "keras.models"),
    Group("keras.models.cloning", "clone_model", "keras.models"),
    Group("keras.saving.saving_api", "load_model save_model", "keras.models keras.saving"),
    # Activations
    Group(
        "keras.activations",
        """
        relu tanh sigmoid softmax elu linear gelu selu swish softplus softsign hard_sigmoid
        exponential mish
        """,
        "keras.activations", "activations", expression=True,
    ),
    Group("keras.activations", "leaky_relu relu6", "tf.nn", "activations", expression=True),
    Group("keras.activations", "log_softmax silu:swish", "", "activations"),
    Group("keras.activations", _LOOKUPS, "keras.activations"),
    # Initializers
    Group(
        "keras.initializers",
        """
        GlorotUniform=glorot_uniform|GlorotUniformV2|glorot_uniformV2
        Zeros=zeros|ZerosV2|zero
        Ones=ones|OnesV2|one
        HeNormal=he_normal|HeNormalV2|he_normalV2
        RandomNormal=random_normal|RandomNormalV2|normal
        GlorotNormal=glorot_normal|GlorotNormalV2|glorot_normalV2
        HeUniform=he_uniform|HeUniformV2|he_uniformV2
        RandomUniform=random_uniform|RandomUniformV2|uniform
        TruncatedNormal=truncated_normal|TruncatedNormalV2
        Constant=constant|ConstantV2
        LecunNormal=lecun_normal|LecunNormalV2|lecun_normalV2
        LecunUniform=lecun_uniform|LecunUniformV2|lecun_uniformV2
        VarianceScaling=variance_scaling|VarianceScalingV2
        Orthogonal=orthogonal|OrthogonalV2
        Identity=identity|IdentityV2
        """,
        "keras.initializers", "initializers", expression=True,
    ),
    Group("keras.initializers", "Initializer|initializer", "keras.initializers", "initializers"),
    Group("keras.initializers", _LOOKUPS, "keras.initializers"),
    # Regularizers
    Group(
        "keras.regularizers",
        "L2=l2 L1=l1 L1L2 l1_l2 OrthogonalRegularizer=orthogonal_regularizer",
        "keras.regularizers", "regularizers", expression=True,
    ),
    Group("keras.regularizers", "Regularizer", "keras.regularizers", "regularizers"),
    Group("keras.regularizers", _LOOKUPS, "keras.regularizers"),
    # Constraints
    Group(
        "keras.constraints",
        """
        MaxNorm=max_norm|maxnorm
        NonNeg=non_neg|nonneg
        UnitNorm=unit_norm|unitnorm
        MinMaxNorm=min_max_norm
        RadialConstraint=radial_constraint
        """,
        "keras.constraints", "constraints", expression=True,
    ),
    Group("keras.constraints", "Constraint", "keras.constraints", "constraints"),
    Group("keras.constraints", _LOOKUPS, "keras.constraints"),
    # Optimizers, which are found by their names in lower case
    Group(
        "keras.optimizers",
        """
        Adam|experimentaladam SGD|experimentalsgd RMSprop Adagrad|experimentaladagrad
        Adadelta|experimentaladadelta Adamax Nadam Ftrl
        """,
        "keras.optimizers", "optimizers",
    ),
    Group("keras.optimizers", "Adafactor AdamW Lion Optimizer", "keras.optimizers"),
    Group(
        "keras.optimizers",
        "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Nadam Optimizer RMSprop SGD",
        "keras.optimizers.experimental",
    ),
    Group("keras.optimizers", _LOOKUPS, "keras.optimizers"),
    Group(
        "keras.optimizers.legacy",
        "Adadelta Adagrad Adam Adamax Ftrl Nadam Optimizer RMSprop SGD",
        "keras.optimizers.legacy",
    ),
    Group(
        "keras.optimizers.schedules.learning_rate_schedule",
        """
        CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay LearningRateSchedule
        PiecewiseConstantDecay PolynomialDecay
        """,
        "keras.optimizers.schedules", "schedules",
    ),
    Group(
        "keras.optimizers.schedules.learning_rate_schedule",
        "CosineDecay CosineDecayRestarts",
        "keras.experimental",
    ),
    Group(
        "keras.optimizers.schedules.learning_rate_schedule",
        "deserialize serialize",
        "keras.optimizers.schedules",
    ),
    # Losses and metrics
    Group(
        "keras.metrics",
        """
        |accuracy|acc|ACC
        binary_accuracy categorical_accuracy sparse_categorical_accuracy top_k_categorical_accuracy
        sparse_top_k_categorical_accuracy |cosine_similarity|cosine_proximity
        """,
        "keras.metrics", "metrics",
    ),
    Group(
        "keras.losses",
        """
        mean_squared_error=mse=MSE
        binary_crossentropy|bce|BCE
        categorical_crossentropy
        sparse_categorical_crossentropy
        mean_absolute_error=mae=MAE
        mean_absolute_percentage_error=mape=MAPE
        mean_squared_logarithmic_error=msle=MSLE
        hinge
        squared_hinge
        poisson
        kullback_leibler_divergence:kl_divergence
        log_cosh=logcosh
        """,
        "keras.losses keras.metrics", "losses metrics",
    ),
    Group(
        "keras.losses",
        "kl_divergence=kld=KLD binary_focal_crossentropy categorical_focal_crossentropy",
        "keras.losses keras.metrics", "losses",
    ),
    Group("keras.losses", "categorical_hinge", "keras.losses", "losses metrics"),
    Group(
        "keras.losses",
        """
        cosine_similarity huber|huber_loss
        MeanSquaredError BinaryCrossentropy CategoricalCrossentropy SparseCategoricalCrossentropy
        MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredLogarithmicError
        BinaryFocalCrossentropy CategoricalFocalCrossentropy CategoricalHinge CosineSimilarity Hinge
        Huber KLDivergence LogCosh Loss Poisson SquaredHinge |LossFunctionWrapper
        """,
        "keras.losses", "losses",
    ),
    Group("keras.losses", "Reduction", "keras.losses"),
    Group("keras.losses", _LOOKUPS, "keras.losses"),
    Group(
        "keras.metrics",
        """
        AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy
        CategoricalCrossentropy CategoricalHinge CosineSimilarity F1Score FBetaScore FalseNegatives
        FalsePositives Hinge IoU KLDivergence LogCoshError Mean MeanAbsoluteError
        MeanAbsolutePercentageError MeanIoU MeanMetricWrapper MeanRelativeError MeanSquaredError
        MeanSquaredLogarithmicError MeanTensor Metric OneHotIoU OneHotMeanIoU Poisson Precision
        PrecisionAtRecall R2Score Recall RecallAtPrecision |Reduce RootMeanSquaredError
        SensitivityAtSpecificity |SensitivitySpecificityBase SparseCategoricalAccuracy
        SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SpecificityAtSensitivity
        SquaredHinge Sum |SumOverBatchSize |SumOverBatchSizeMetricWrapper TopKCategoricalAccuracy
        TrueNegatives TruePositives
        """,
        "keras.metrics", "metrics",
    ),
    Group("keras.metrics", _LOOKUPS, "keras.metrics"),
    # The rest of Keras
    Group(
        "keras.backend",
        """
        abs all any arange argmax argmin backend batch_dot batch_flatten batch_get_value
        batch_normalization batch_set_value bias_add binary_crossentropy binary_focal_crossentropy
        cast cast_to_floatx categorical_crossentropy categorical_focal_crossentropy clear_session
        clip concatenate constant cos count_params cumprod cumsum dot dropout dtype elu epsilon
        equal eval exp expand_dims eye flatten floatx foldl foldr gather get_uid get_value greater
        greater_equal hard_sigmoid image_data_format in_top_k int_shape in_test_phase in_train_phase
        is_keras_tensor is_sparse learning_phase
        l2_normalize less less_equal log manual_variable_initialization map_fn max maximum mean min
        minimum moving_average_update name_scope ndim normalize_batch_in_training not_equal one_hot
        ones ones_like permute_dimensions placeholder pow print_tensor prod random_bernoulli
        random_binomial random_normal random_normal_variable random_uniform random_uniform_variable
        relu repeat repeat_elements reset_uids reshape resize_volumes reverse rnn round set_epsilon
        set_floatx set_image_data_format set_value shape sigmoid sign sin softmax softplus softsign
        sparse_categorical_crossentropy spatial_2d_padding spatial_3d_padding sqrt square squeeze
        stack std stop_gradient sum switch tanh temporal_padding tile to_dense transpose
        truncated_normal update update_add update_sub var variable zeros zeros_like
        """,
        "keras.backend",
    ),
    Group(
        "keras.backend",
        "conv1d conv2d conv2d_transpose depthwise_conv2d pool2d resize_images separable_conv2d",
        "keras.backend",
    ),
    Group("keras.backend", "function learning_phase_scope set_learning_phase", "keras.backend"),
    Group(
        "keras.mixed_precision.policy",
        "Policy global_policy set_global_policy",
        "keras.mixed_precision",
    ),
    Group(
        "keras.mixed_precision.loss_scale_optimizer",
        "LossScaleOptimizer:BaseLossScaleOptimizer",
        "keras.mixed_precision",
    ),
    Group(
        "keras.saving.object_registration",
        """
        custom_object_scope:CustomObjectScope get_custom_objects get_registered_name
        get_registered_object register_keras_serializable
        """,
        "keras.saving keras.utils",
    ),
    Group("keras.saving.object_registration", "CustomObjectScope", "keras.utils"),
    Group(
        "keras.saving.serialization_lib",
        "deserialize_keras_object serialize_keras_object",
        "keras.saving keras.utils",
    ),
    Group("keras._random", "set_random_seed", "keras.utils"),
    Group("keras.utils.generic_utils", "Progbar", "keras.utils"),
    Group(
        "keras.utils.io_utils",
        "disable_interactive_logging enable_interactive_logging is_interactive_logging_enabled",
        "keras.utils",
    ),
    Group(
        "keras.callbacks",
        """
        BackupAndRestore BaseLogger CSVLogger Callback CallbackList EarlyStopping History
        LambdaCallback LearningRateScheduler ModelCheckpoint ProgbarLogger ReduceLROnPlateau
        RemoteMonitor TensorBoard TerminateOnNaN
        """,
        "keras.callbacks",
    ),
    Group(
        "keras.saving.legacy.serialization",
        "deserialize_keras_object serialize_keras_object",
        "keras.utils.legacy",
    ),
    Group("keras.utils.data_utils", "Sequence get_file pad_sequences", "keras.utils"),
    Group("keras.utils.np_utils", "normalize to_categorical to_ordinal", "keras.utils"),
    Group("keras.utils.dataset_utils", "split_dataset", "keras.utils"),
    Group("keras.utils.layer_utils", "get_source_inputs", "keras.utils"),
    Group("keras.utils.vis_utils", "model_to_dot plot_model", "keras.utils"),
    Group(
        "keras.utils.timeseries_dataset",
        "timeseries_dataset_from_array",
        "keras.utils keras.preprocessing",
    ),
    Group(
        "keras.utils.image_utils",
        "array_to_img img_to_array load_img save_img",
        "keras.utils keras.preprocessing.image",
    ),
    Group("keras.utils.data_utils", "pad_sequences", "keras.preprocessing.sequence"),
    Group(
        "keras.preprocessing.sequence",
        "TimeseriesGenerator make_sampling_table skipgrams",
        "keras.preprocessing.sequence",
    ),
    Group(
        "keras.preprocessing.text",
        "Tokenizer hashing_trick one_hot text_to_word_sequence tokenizer_from_json",
        "keras.preprocessing.text",
    ),
    Group("keras.datasets.boston_housing", "load_data", "keras.datasets.boston_housing"),
    Group("keras.datasets.cifar10", "load_data", "keras.datasets.cifar10"),
    Group("keras.datasets.cifar100", "load_data", "keras.datasets.cifar100"),
    Group("keras.datasets.fashion_mnist", "load_data", "keras.datasets.fashion_mnist"),
    Group("keras.datasets.imdb", "get_word_index load_data", "keras.datasets.imdb"),
    Group("keras.datasets.mnist", "load_data", "keras.datasets.mnist"),
    Group(
        "keras.datasets.reuters",
        "get_label_names get_word_index load_data",
        "keras.datasets.reuters",
    ),
    Group(
        "keras.engine.data_adapter",
        "pack_x_y_sample_weight unpack_x_y_sample_weight",
        "keras.utils",
    ),
    # TensorFlow. What else it has is exported by its operations (`densetrace.tensorflow.exports`).
    Group(
        "tensorflow.ops.nn",
        "relu elu gelu log_softmax selu swish=silu softsign",
        "tf.nn", expression=True,
    ),
    Group("tensorflow.ops.nn", "sigmoid softmax softplus tanh", "tf.nn tf.math", expression=True),
)  # fmt: skip
