"""What each `get()` finds by a string, and the class or function that it gives.

The rooms of the mirror make their look-up tables from these, and `densetrace names` shows them
without loading any room.
"""

from collections.abc import Mapping
from typing import Any, Final


def _table(words: str) -> dict[str, str]:
    """A table from `"name name=Given"`: name -> the name that what it gives has itself."""
    pairs = (word.partition("=") for word in words.split())
    return {name: given or name for name, _, given in pairs}


REGISTRIES: Final = {
    "activations": _table(
        """
        ELU LeakyReLU PReLU ReLU Softmax ThresholdedReLU elu exponential gelu hard_sigmoid
        leaky_relu linear log_softmax mish relu relu6 selu sigmoid silu=swish softmax softplus
        softsign swish tanh
        """
    ),
    "initializers": _table(
        """
        Initializer initializer=Initializer Constant GlorotNormal GlorotUniform HeNormal
        HeUniform Identity LecunNormal LecunUniform Ones Orthogonal RandomNormal RandomUniform
        TruncatedNormal VarianceScaling Zeros ConstantV2=Constant GlorotNormalV2=GlorotNormal
        GlorotUniformV2=GlorotUniform HeNormalV2=HeNormal HeUniformV2=HeUniform
        IdentityV2=Identity LecunNormalV2=LecunNormal LecunUniformV2=LecunUniform OnesV2=Ones
        OrthogonalV2=Orthogonal RandomNormalV2=RandomNormal RandomUniformV2=RandomUniform
        TruncatedNormalV2=TruncatedNormal VarianceScalingV2=VarianceScaling ZerosV2=Zeros
        constant=Constant glorot_normal=GlorotNormal glorot_uniform=GlorotUniform
        he_normal=HeNormal he_uniform=HeUniform identity=Identity lecun_normal=LecunNormal
        lecun_uniform=LecunUniform ones=Ones orthogonal=Orthogonal random_normal=RandomNormal
        random_uniform=RandomUniform truncated_normal=TruncatedNormal
        variance_scaling=VarianceScaling zeros=Zeros glorot_normalV2=GlorotNormal
        glorot_uniformV2=GlorotUniform he_normalV2=HeNormal he_uniformV2=HeUniform
        lecun_normalV2=LecunNormal lecun_uniformV2=LecunUniform normal=RandomNormal one=Ones
        uniform=RandomUniform zero=Zeros
        """
    ),
    "regularizers": _table(
        """
        Regularizer L1 L1L2 L2 OrthogonalRegularizer l1=L1 l1_l2 l2=L2
        orthogonal_regularizer=OrthogonalRegularizer
        """
    ),
    "constraints": _table(
        """
        Constraint MaxNorm MinMaxNorm NonNeg RadialConstraint UnitNorm max_norm=MaxNorm
        maxnorm=MaxNorm min_max_norm=MinMaxNorm non_neg=NonNeg nonneg=NonNeg
        radial_constraint=RadialConstraint unit_norm=UnitNorm unitnorm=UnitNorm
        """
    ),
    "optimizers": _table(
        """
        adadelta=Adadelta adagrad=Adagrad adam=Adam adamax=Adamax ftrl=Ftrl nadam=Nadam
        rmsprop=RMSprop sgd=SGD experimentaladadelta=Adadelta experimentaladagrad=Adagrad
        experimentaladam=Adam experimentalsgd=SGD
        """
    ),
    "losses": _table(
        """
        binary_crossentropy binary_focal_crossentropy categorical_crossentropy
        categorical_focal_crossentropy categorical_hinge cosine_similarity hinge huber
        kl_divergence log_cosh mean_absolute_error mean_absolute_percentage_error
        mean_squared_error mean_squared_logarithmic_error poisson sparse_categorical_crossentropy
        squared_hinge bce=binary_crossentropy BCE=binary_crossentropy mse=mean_squared_error
        MSE=mean_squared_error mae=mean_absolute_error MAE=mean_absolute_error
        mape=mean_absolute_percentage_error MAPE=mean_absolute_percentage_error
        msle=mean_squared_logarithmic_error MSLE=mean_squared_logarithmic_error kld=kl_divergence
        KLD=kl_divergence kullback_leibler_divergence=kl_divergence logcosh=log_cosh
        huber_loss=huber Loss LossFunctionWrapper MeanSquaredError MeanAbsoluteError
        MeanAbsolutePercentageError MeanSquaredLogarithmicError BinaryCrossentropy
        BinaryFocalCrossentropy CategoricalCrossentropy CategoricalFocalCrossentropy
        SparseCategoricalCrossentropy CosineSimilarity Hinge SquaredHinge CategoricalHinge
        Poisson LogCosh KLDivergence Huber
        """
    ),
    "metrics": _table(
        """
        ACC=accuracy BCE=binary_crossentropy MAE=mean_absolute_error
        MAPE=mean_absolute_percentage_error MSE=mean_squared_error
        MSLE=mean_squared_logarithmic_error acc=accuracy accuracy bce=binary_crossentropy
        binary_accuracy binary_crossentropy categorical_accuracy categorical_crossentropy
        categorical_hinge cosine_proximity=cosine_similarity cosine_similarity hinge
        kullback_leibler_divergence=kl_divergence log_cosh logcosh=log_cosh
        mae=mean_absolute_error mape=mean_absolute_percentage_error mean_absolute_error
        mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error
        mse=mean_squared_error msle=mean_squared_logarithmic_error poisson
        sparse_categorical_accuracy sparse_categorical_crossentropy
        sparse_top_k_categorical_accuracy squared_hinge top_k_categorical_accuracy AUC Accuracy
        BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy CategoricalCrossentropy
        CategoricalHinge CosineSimilarity F1Score FBetaScore FalseNegatives FalsePositives Hinge
        IoU KLDivergence LogCoshError Mean MeanAbsoluteError MeanAbsolutePercentageError MeanIoU
        MeanMetricWrapper MeanRelativeError MeanSquaredError MeanSquaredLogarithmicError
        MeanTensor Metric OneHotIoU OneHotMeanIoU Poisson Precision PrecisionAtRecall R2Score
        Recall RecallAtPrecision Reduce RootMeanSquaredError SensitivityAtSpecificity
        SensitivitySpecificityBase SparseCategoricalAccuracy SparseCategoricalCrossentropy
        SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum SumOverBatchSize
        SumOverBatchSizeMetricWrapper TopKCategoricalAccuracy TrueNegatives TruePositives
        """
    ),
}
"""Registry -> name -> what it gives."""


def found_in(room: Mapping[str, Any], registry: str) -> dict[str, Any]:
    """A look-up table: name -> the class or function, which `room` has by its own name."""
    return {name: room[given] for name, given in REGISTRIES[registry].items()}
