"""The expressions that `densetrace verify` compares by default.

They cover the arguments of a Dense layer, a Sequential model and layers of images: usual ones, odd
ones that work, and ones that Keras refuses.
"""

from typing import Final

SUITE: Final = (
    # Usual arguments.
    "Dense(64, activation='relu')",
    "Dense(10, activation='softmax')",
    "Dense(1, activation='sigmoid', use_bias=False)",
    "Dense(units=8, activation='tanh', name='head')",
    "Dense(4, input_shape=(5,))",
    "Dense(4, dtype='float64')",
    "Dense(4, dtype='float16')",
    "Dense(4, trainable=False)",
    # Activations: by name, as a function, and those with arguments of their own.
    "Dense(3, activation=keras.activations.selu)",
    "Dense(3, activation='leaky_relu')",
    "Dense(3, activation='gelu')",
    "Dense(3, activation='swish')",
    "Dense(3, activation='silu')",
    "Dense(3, activation='hard_sigmoid')",
    "Dense(3, activation='log_softmax')",
    # Initializers: by name, by dict, as an object, as a class.
    "Dense(4, kernel_initializer='he_normal', bias_initializer='ones')",
    "Dense(4, kernel_initializer=VarianceScaling(mode='fan_out', distribution='uniform'))",
    "Dense(4, kernel_initializer={'class_name': 'Constant', 'config': {'value': 0.5}})",
    "Dense(4, kernel_initializer='orthogonal')",
    "Dense(3, kernel_initializer=keras.initializers.Identity(gain=2.0))",
    "Dense(4, kernel_initializer=None)",
    # Regularizers and constraints.
    "Dense(4, kernel_regularizer='l2', bias_regularizer=L1(0.1))",
    "Dense(4, kernel_regularizer=L1L2(l1=0.01, l2=0.02))",
    "Dense(4, activity_regularizer='l1')",
    "Dense(4, kernel_constraint='max_norm', bias_constraint=NonNeg())",
    # Odd, but accepted.
    "Dense('5')",
    "Dense(2.7)",
    "Dense(4, kernel_regularizer='nope')",
    "Dense(4, kernel_layout=None)",
    # Refused by Keras.
    "Dense(-1)",
    "Dense('many')",
    "Dense(4, activation='nope')",
    "Dense(4, kernel_initializer='nope')",
    "Dense(4, unknown=1)",
    "Dense(4, dtype='int32')",
    "Sequential([Dense(2), 5])",
    "Sequential([Dense(2, name='same'), Dense(2, name='same')])",
    # Images and sequences.
    "Conv2D(8, 3, activation='relu')",
    "Conv2D(4, (3, 2), strides=2, padding='same', use_bias=False, kernel_regularizer='l2')",
    "Conv1D(4, 3, padding='causal', dilation_rate=2)",
    "Conv2D(0, 3)",
    "Conv2D(4, 3, padding='mirror')",
    "MaxPooling2D()",
    "AveragePooling1D(3, strides=1, padding='same')",
    "GlobalAveragePooling2D()",
    "GlobalMaxPooling1D(keepdims=True)",
    "ZeroPadding2D(((1, 0), (0, 2)))",
    "Cropping1D((1, 2))",
    "UpSampling2D(2, interpolation='bilinear')",
    "Sequential([Conv2D(2, 3, input_shape=(8, 8, 1)), MaxPooling2D(), Flatten(), Dense(2)])",
    # Models.
    "Sequential([Dense(8, activation='relu'), Dense(1)])",
    "Sequential([Input((4,)), Dense(8, activation='relu'), Dense(3, activation='softmax')])",
    "Sequential([Dense(4, input_shape=(3,), kernel_regularizer='l2'), Dense(2)], name='model')",
    "Sequential([Sequential([Dense(2, input_shape=(3,))]), Dense(1)])",
    "Sequential([Dense(4), LeakyReLU(), Dense(2), Softmax()])",
    "Sequential()",
)
"""Expressions, each to be constructed and called on a sample."""
