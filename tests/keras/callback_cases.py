"""Cases of callbacks and of the progress bar, which run on ours and on a real Keras.

Each is code that prints. `PROGBARS` have a clock that advances by a fixed time at each look;
`DRIVEN` call a `CallbackList` as `fit` does, with logs that are given; `FITS` train a model.
"""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

PROGBARS = {
    "bar": "P = keras.utils.Progbar(5)\nfor i in range(1, 6): P.update(i, [('loss', 1 / i)])",
    "one step": "P = keras.utils.Progbar(1)\nP.update(1, [('loss', .5)])\nP.update(1, [('loss', .5)], finalize=True)",
    "no values": "P = keras.utils.Progbar(12)\nfor i in range(1, 13): P.update(i)",
    "from zero": "P = keras.utils.Progbar(3)\nfor i in range(4): P.update(i)",
    "width and unit": "P = keras.utils.Progbar(100, width=7, unit_name='sample')\nfor i in range(0, 101, 9): P.update(i)\nP.update(100)",
    "interval": "P = keras.utils.Progbar(40, interval=.2)\nfor i in range(1, 41): P.update(i, [('a', i)])",
    "stateful": "P = keras.utils.Progbar(4, stateful_metrics=['b'])\nfor i in range(1, 5): P.update(i, [('a', i), ('b', i)])",
    "stateful later": "P = keras.utils.Progbar(3)\nP.update(1, [('a', 1.)])\nP._update_stateful_metrics({'a'})\nP.update(2, [('a', 5.)])\nP.update(3, [('a', 7.)])",
    "weights of the average": "P = keras.utils.Progbar(10)\nP.update(3, [('a', 1.)])\nP.update(10, [('a', 2.)])",
    "add": "P = keras.utils.Progbar(6)\nP.add(2, [('a', 1.)])\nP.add(3, [('a', 2.)])\nP.add(1, [('a', 4.)])",
    "beyond the target": "P = keras.utils.Progbar(2)\nfor i in range(1, 5): P.update(i)",
    "small, negative, special": "P = keras.utils.Progbar(2)\nv = [('a', 1e-3), ('b', 1.1e-3), ('c', -.5), ('d', -1e-4), ('e', float('nan')), ('f', float('inf')), ('g', 123456.789), ('h', 0), ('i', 3)]\nP.update(1, v)\nP.update(2, v)",
    "arrays": "P = keras.utils.Progbar(2)\nP.update(1, [('a', np.array([1., 2.]))])\nP.update(2, [('a', np.array([3., 4.]))])",
    "a shorter line": "P = keras.utils.Progbar(3, stateful_metrics=['a'])\nP.update(1, [('a', 123456.)])\nP.update(2, [('a', 1.)])\nP.update(3, [('a', 2.)])",
    "unknown target": "P = keras.utils.Progbar(None)\nfor i in range(1, 5): P.update(i, [('loss', i)])\nP.target = 4\nP.update(4, [('loss', 4)], finalize=True)",
    "unknown, one step": "P = keras.utils.Progbar(None)\nP.update(1, [('loss', 2.)])\nP.target = 1\nP.update(1, [('loss', 2.)], finalize=True)",
    "one line": "P = keras.utils.Progbar(5, verbose=2)\nfor i in range(1, 6): P.update(i, [('loss', i), ('b', -i), ('c', 1e-4)])",
    "one line, not at the target": "P = keras.utils.Progbar(5, verbose=2)\nP.update(3, [('loss', 1)], finalize=True)\nprint('|')",
    "one line, twice": "P = keras.utils.Progbar(20, verbose=2)\nP.update(20, [('loss', 1)])\nP.update(20, [('loss', 3)])",
    "silent": "P = keras.utils.Progbar(5, verbose=0)\nfor i in range(1, 6): P.update(i, [('loss', i)])",
    "another verbosity": "P = keras.utils.Progbar(5, verbose=3)\nfor i in range(1, 6): P.update(i, [('loss', i)])",
    "seconds": "clock.step = 2.6\nP = keras.utils.Progbar(4)\nfor i in range(1, 5): P.update(i)",
    "minutes": "clock.step = 61\nP = keras.utils.Progbar(4)\nfor i in range(1, 5): P.update(i)",
    "hours": "clock.step = 3700\nP = keras.utils.Progbar(4)\nfor i in range(1, 5): P.update(i)",
    "milliseconds": "clock.step = .0123\nP = keras.utils.Progbar(4, interval=0)\nfor i in range(1, 5): P.update(i)",
    "microseconds": "clock.step = .00001234\nP = keras.utils.Progbar(4, interval=0)\nfor i in range(1, 5): P.update(i)",
    "no time": "clock.step = 0\nP = keras.utils.Progbar(4, interval=0)\nfor i in range(1, 5): P.update(i)",
    "times of one line": "for step in (1e-6, 1e-3, .9, 1, 70):\n    clock.step = step\n    P = keras.utils.Progbar(2, verbose=2)\n    P.update(1)\n    P.update(2)",
    "new lines": "P = keras.utils.Progbar(3)\nP._dynamic_display = False\nfor i in range(1, 4): P.update(i, [('a', i)])",
    "numbers of NumPy": "P = keras.utils.Progbar(np.int64(3))\nfor i in range(1, 4): P.update(np.int64(i), [('a', np.float32(i) / 3)])",
    "target 0": "P = keras.utils.Progbar(0)\nwith np.errstate(all='ignore'): t(lambda: P.update(0))",
    "no target, one line": "P = keras.utils.Progbar(None, verbose=2)\nt(lambda: P.update(1, finalize=True))",
}

DRIVEN = {
    "names of the parameters": "c = Recorder()\ndrive([c], [{'loss': 1.}], steps=1, epochs=1, verbose=0)\nprint(sorted(c.params.items()))",
    "order": "drive([Recorder('a'), Recorder('b')], [{'loss': 1.}, {'loss': 2.}], steps=2, epochs=2)",
    "order, nested lists": "drive([Recorder('a'), [Recorder('b'), (Recorder('c'),)]], [{'loss': 1.}], steps=1)",
    "one callback": "drive(Recorder('a'), [{'loss': 1.}], steps=1)",
    "logs are shared": "class Adds(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs=None): logs['more'] = epoch\nh = drive([Adds(), Recorder('b')], [{'loss': 1.}], steps=1)\nprint(h.history)",
    "tensors become numbers": "class Types(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs=None): print({k: type(v).__name__ for k, v in logs.items()})\n    def on_train_batch_end(self, batch, logs=None): print({k: type(v).__name__ for k, v in logs.items()})\ndrive([Types()], [{'loss': tf.constant(1.), 'n': tf.constant(2), 'v': tf.constant([1., 2.]), 'p': 3, 'np': np.float32(3)}], steps=1)",
    "tensors stay where all accept them": "class Types(keras.callbacks.Callback):\n    def __init__(self):\n        super().__init__()\n        self._supports_tf_logs = True\n    def on_epoch_end(self, epoch, logs=None): print(tf.is_tensor(logs['loss']))\n    def on_train_batch_end(self, batch, logs=None): print(tf.is_tensor(logs['loss']))\nl = keras.callbacks.CallbackList([Types()], model=Model(), verbose=0, epochs=1, steps=1)\nl.on_train_batch_end(0, {'loss': tf.constant(1.)})\nl.on_epoch_end(0, {'loss': tf.constant(1.)})\nprint(l._supports_tf_logs, l._batch_hooks_support_tf_logs)",
    "which batches are wanted": "def wanted(*methods):\n    c = type('C', (keras.callbacks.Callback,), {m: lambda self, batch, logs=None: None for m in methods})()\n    l = keras.callbacks.CallbackList([c])\n    return l._should_call_train_batch_hooks, l._should_call_test_batch_hooks, l._should_call_predict_batch_hooks\nfor m in ('on_batch_begin', 'on_batch_end', 'on_train_batch_begin', 'on_train_batch_end', 'on_test_batch_begin', 'on_test_batch_end', 'on_predict_batch_begin', 'on_predict_batch_end', 'on_epoch_end'): print(m, wanted(m))\nfor v in (0, 1, 2, 3):\n    for s in (5, None):\n        l = keras.callbacks.CallbackList([], add_progbar=True, model=Model(), verbose=v, epochs=1, steps=s)\n        print(v, s, l._should_call_train_batch_hooks)",
    "what is added": "names = lambda l: [type(c).__name__ for c in l]\nC = keras.callbacks.CallbackList\nprint(names(C()), names(C(add_history=True)), names(C(add_progbar=True)), names(C([keras.callbacks.History()], add_history=True, add_progbar=True)))\nprint(names(C([keras.callbacks.ProgbarLogger('steps')], add_progbar=True, add_history=True)))\nl = C()\nl.append(keras.callbacks.History())\nprint(names(l), l._history, l._progbar)",
    "no callbacks": "l = keras.callbacks.CallbackList()\nl.on_train_begin(); l.on_epoch_begin(0); l.on_train_batch_begin(0); l.on_batch_begin(0); l.on_batch_end(0); l.on_train_end()\nprint(l._should_call_train_batch_hooks, l.callbacks)",
    "an unknown hook": "t(lambda: keras.callbacks.CallbackList([Recorder()])._call_batch_hook('train', 'middle', 0))",
    "begin and end by mode": "l = keras.callbacks.CallbackList([Recorder()])\nfor mode in ('train', 'test', 'predict'):\n    l._call_begin_hook(mode)\n    l._call_end_hook(mode)",
    "old names of batches": "class Old(keras.callbacks.Callback):\n    def on_batch_begin(self, batch, logs=None): print('begin', batch, logs)\n    def on_batch_end(self, batch, logs=None): print('end', batch, logs)\ndrive([Old()], [{'loss': 1.}], steps=2)\nl = keras.callbacks.CallbackList([Old()])\nl.on_batch_begin(3, {'a': 1})\nl.on_batch_end(3)",
    "no method of the base class prints": "drive([keras.callbacks.Callback()], [{'loss': 1.}], steps=2)\nc = keras.callbacks.Callback()\nprint(c.model, c.validation_data, c._chief_worker_only, c._supports_tf_logs, hasattr(c, 'params'))",
    "history": "h = drive([], [{'loss': 1., 'a': 2.}, {'loss': .5, 'b': 3.}], steps=1, epochs=2)\nprint(h.history, h.epoch, h.params, h.model.history is h)\nh.model.history = None\ndrive([h], [{'loss': 9.}], steps=1, first=2)\nprint(h.history, h.epoch)",
    "bar of fit": "drive([], [{'loss': .5, 'acc': .25}, {'loss': .25, 'acc': .5}], steps=3, epochs=2, verbose=1)",
    "bar of one epoch": "drive([], [{'loss': .5}], steps=3, epochs=1, verbose=1)",
    "bar with a validation": "drive([], [{'loss': .5, 'val_loss': 1.}], steps=2, epochs=1, verbose=1, validation=2)",
    "bar of unknown length": "drive([], [{'loss': .5}, {'loss': .25}], steps=None, batches=3, epochs=2, verbose=1)",
    "lines of fit": "drive([], [{'loss': .5, 'acc': .25}, {'loss': .25, 'acc': .5}], steps=3, epochs=2, verbose=2)",
    "lines of unknown length": "drive([], [{'loss': .5}, {'loss': .25}], steps=None, batches=3, epochs=2, verbose=2)",
    "a model without counters": "m = Model()\ndel m._train_counter\ndrive([], [{'loss': .5}], steps=None, batches=3, verbose=2, model=m)\nl = keras.callbacks.CallbackList([], add_progbar=True, model=m, verbose=2, epochs=1, steps=None)\nprint(l._should_call_train_batch_hooks)",
    "silent fit": "drive([], [{'loss': .5}], steps=3, verbose=0)",
    "averages of other metrics": "m = Model(metrics=())\ndrive([], [{'loss': .5}], steps=3, verbose=1, model=m)",
    "given stateful metrics": "p = keras.callbacks.ProgbarLogger('steps', stateful_metrics=['loss'])\ndrive([p], [{'loss': .5}], steps=3, verbose=1, model=Model(metrics=()))\nprint(sorted(p.stateful_metrics))",
    "samples": "p = keras.callbacks.ProgbarLogger()\np.set_model(Model())\np.set_params({'verbose': 1, 'epochs': 1, 'samples': 10})\np.on_train_begin(); p.on_epoch_begin(0)\nfor b in range(2): p.on_train_batch_end(b, {'size': 5, 'batch': b, 'loss': 1.})\np.on_epoch_end(0, {'loss': 1.})",
    "evaluate": "l = keras.callbacks.CallbackList([], add_history=True, add_progbar=True, model=Model(), verbose=1, epochs=1, steps=3)\nl.on_test_begin()\nfor b in range(3):\n    l.on_test_batch_begin(b)\n    l.on_test_batch_end(b, {'loss': 1. + b})\nl.on_test_end({'loss': 3.})",
    "evaluate, unknown length": "m = Model()\nl = keras.callbacks.CallbackList([], add_history=True, add_progbar=True, model=m, verbose=1, epochs=1, steps=None)\nl.on_test_begin()\nfor b in range(3):\n    m._test_counter.assign_add(1)\n    l.on_test_batch_end(b, {'loss': 1. + b})\nl.on_test_end({'loss': 3.})",
    "predict": "for v in (1, 2, 0):\n    l = keras.callbacks.CallbackList([], add_history=True, add_progbar=True, model=Model(), verbose=v, epochs=1, steps=3)\n    l.on_predict_begin()\n    for b in range(3):\n        l.on_predict_batch_begin(b)\n        l.on_predict_batch_end(b, {'outputs': np.ones(3)})\n    l.on_predict_end()",
    "an unknown count mode": "t(lambda: keras.callbacks.ProgbarLogger('batches'))",
    "base logger": "b = keras.callbacks.BaseLogger(['s'])\nb.set_params({'metrics': ['loss', 's', 'missing']})\nb.on_epoch_begin(0)\nfor i in range(3): b.on_batch_end(i, {'size': 2 + i, 'loss': float(i), 's': float(i)})\nlogs = {}\nb.on_epoch_end(0, logs)\nprint(logs, b.seen)\nb.on_epoch_end(0)",
    "base logger without names": "b = keras.callbacks.BaseLogger()\nt(lambda: drive([b], [{'loss': 1.}], steps=1))",
    "make_logs": "l = keras.callbacks.CallbackList([Recorder()])\nm = Model()\nm.metrics_names = ['loss', 'acc']\nprint(l.make_logs(m, {}, [1, 2], 'train', 'val_'), l.make_logs(m, {}, [1, 2], 'predict'), keras.callbacks.CallbackList().make_logs(m, {}, [1], 'test'))",
    "nan": "for v in (float('nan'), float('inf'), -float('inf'), 1., None, tf.constant(float('nan'))):\n    m = Model()\n    c = keras.callbacks.TerminateOnNaN()\n    c.set_model(m)\n    c.on_batch_end(7, None if v is None else {'loss': v})\n    print(m.stop_training)",
    "early stopping": "drive([keras.callbacks.EarlyStopping(monitor='loss', patience=1, verbose=1)], losses(3, 2, 2.5, 1, 2, 3, 4), steps=1, epochs=7, verbose=0)",
    "early stopping, no patience": "drive([keras.callbacks.EarlyStopping('loss', verbose=1)], losses(3, 3, 3), steps=1, epochs=3, verbose=2)",
    "early stopping, first epoch": "c = keras.callbacks.EarlyStopping('loss', verbose=1, baseline=1)\ndrive([c], losses(3, 4, 5), steps=1, epochs=3)\nprint(c.stopped_epoch, c.best, c.wait, c.best_epoch)",
    "early stopping, min_delta": "for d in (.5, -.5, .1):\n    c = keras.callbacks.EarlyStopping('loss', min_delta=d, patience=2, verbose=1)\n    drive([c], losses(3, 2.7, 2.4, 2.1, 2, 1.9), steps=1, epochs=6)\n    print(c.min_delta, c.best, c.wait, c.stopped_epoch)",
    "early stopping, largest": "for m in ('max', 'auto'):\n    for name in ('acc', 'val_accuracy', 'my_auc', 'accuracy_loss'):\n        c = keras.callbacks.EarlyStopping(name, mode=m, patience=1, verbose=1)\n        drive([c], [{name: v} for v in (1., 2., 1.5, 1., 3.)], steps=1, epochs=5)\n        print(m, name, c.best, c.best_epoch, c.monitor_op is np.greater)",
    "early stopping, baseline": "for b in (2.2, 10, 0):\n    c = keras.callbacks.EarlyStopping('loss', baseline=b, patience=3, verbose=1)\n    drive([c], losses(3, 2.5, 2.4, 2.1, 2.3, 2.3, 2.3, 2.3), steps=1, epochs=8)\n    print(c.best, c.wait, c.stopped_epoch)",
    "early stopping, best weights": "for k in (dict(), dict(baseline=.5), dict(start_from_epoch=2), dict(patience=3), dict(verbose=0)):\n    m = Model()\n    drive([keras.callbacks.EarlyStopping('loss', **{'patience': 1, 'verbose': 1, 'restore_best_weights': True, **k})], losses(3, 2, 2.5, 2.6, 1, 5, 6, 7), steps=1, epochs=8, model=m)\n    print(m.weights)",
    "early stopping, no improvement ever": "m = Model()\ndrive([keras.callbacks.EarlyStopping('loss', patience=2, verbose=1, restore_best_weights=True)], losses(float('nan'), float('nan'), float('nan'), 1), steps=1, epochs=4, model=m)\nprint(m.weights)",
    "early stopping, used again": "c = keras.callbacks.EarlyStopping('loss', patience=1, verbose=1)\nfor i in range(2): drive([c], losses(3, 4, 5, 6), steps=1, epochs=4)",
    "early stopping, first epoch of the run": "drive([keras.callbacks.EarlyStopping('loss', verbose=1, start_from_epoch=3)], losses(1, 2, 3, 4, 5, 6), steps=1, epochs=6)",
    "early stopping, missing metric": "h = drive([keras.callbacks.EarlyStopping(patience=0, verbose=1), keras.callbacks.EarlyStopping('loss', mode='least')], losses(1, 2, 3), steps=1, epochs=3)\nprint(h.epoch)",
    "learning rates": "c = keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr * .5, verbose=1)\nm = Model()\nh = drive([c], losses(1, 2, 3), steps=1, epochs=3, model=m)\nprint(plain(h.history), [type(v).__name__ for v in h.history['lr']])",
    "learning rates, of the epoch": "drive([keras.callbacks.LearningRateScheduler(lambda epoch: .1 * (epoch + 1), 1)], losses(1, 2, 3), steps=1, epochs=3, verbose=2)",
    "learning rates of other types": "for v in (tf.constant(.5), np.float32(.25), np.float64(.125), 1, tf.constant(1), '1', None): t(lambda: drive([keras.callbacks.LearningRateScheduler(lambda e, lr: v, 0)], losses(1), steps=1).history['lr'])",
    "learning rates, no optimizer": "m = Model()\nm.optimizer = None\nt(lambda: drive([keras.callbacks.LearningRateScheduler(lambda e: .1)], losses(1), steps=1, model=m))",
    "plateau": "for k in (dict(), dict(factor=.5, cooldown=2), dict(min_lr=.05), dict(min_delta=.6), dict(patience=1), dict(mode='max'), dict(mode='odd'), dict(patience=0)):\n    m = Model()\n    c = keras.callbacks.ReduceLROnPlateau('loss', **{'patience': 2, 'verbose': 1, **k})\n    h = drive([c], losses(3, 2.5, 2.5, 2.5, 2.5, 2, 2, 2, 2, 2), steps=1, epochs=10, model=m)\n    print([round(float(v), 8) for v in h.history['lr']], c.wait, c.cooldown_counter, c.best)",
    "plateau of accuracy": "m = Model()\nc = keras.callbacks.ReduceLROnPlateau('val_acc', patience=1, verbose=1)\nh = drive([c], [{'val_acc': v} for v in (.1, .5, .5, .4, .6)], steps=1, epochs=5, model=m)\nprint(c.best, h.history.keys())",
    "plateau, missing metric": "h = drive([keras.callbacks.ReduceLROnPlateau(verbose=1, epsilon=.1)], losses(1, 2), steps=1, epochs=2)\nprint(list(h.history))",
    "plateau, factor": "t(lambda: keras.callbacks.ReduceLROnPlateau(factor=1.))",
    "csv": "drive([keras.callbacks.CSVLogger('log.csv')], [{'loss': .5, 'acc': np.float32(.1)}, {'loss': .25, 'acc': 1}], steps=1, epochs=2)\nprint(repr(read('log.csv')))",
    "csv, validation in some epochs": "drive([keras.callbacks.CSVLogger('log.csv', separator=';')], [{'loss': .5}, {'loss': .25, 'val_loss': 2.}], steps=1, epochs=2)\nprint(repr(read('log.csv')))",
    "csv, arrays and texts": "drive([keras.callbacks.CSVLogger('log.csv')], [{'a': np.array([1., 2.]), 'b': 'x,y', 'c': (1, 2), 'd': np.array(3.), 'val_e': True, 'f': np.float32(.1), 'g': 1e-20}], steps=1)\nprint(repr(read('log.csv')))",
    "csv, appended": "for i in range(2): drive([keras.callbacks.CSVLogger('log.csv', append=True)], losses(i), steps=1)\nc = keras.callbacks.CSVLogger('log.csv', append=True)\nfor i in range(2): drive([c], losses(i), steps=1, first=5)\nprint(repr(read('log.csv')))",
    "csv, overwritten": "for i in range(2): drive([keras.callbacks.CSVLogger('log.csv')], losses(i), steps=1)\nprint(repr(read('log.csv')))\nkeras.callbacks.CSVLogger('log.csv').on_train_begin()\nprint(repr(read('log.csv')))",
    "csv, other metrics later": "t(lambda: drive([keras.callbacks.CSVLogger('log.csv')], [{'a': 1.}, {'b': 1.}], steps=1, epochs=2).epoch)\nprint(repr(read('log.csv')))",
    "csv, no folder": "t(lambda: drive([keras.callbacks.CSVLogger('none/log.csv')], losses(1), steps=1))",
    "lambdas": "f = lambda name: lambda *a, **k: print(name, *a, *k.values())\nc = keras.callbacks.LambdaCallback(**{n: f(n) for n in ('on_epoch_begin', 'on_epoch_end', 'on_batch_begin', 'on_batch_end', 'on_train_begin', 'on_train_end')})\ndrive([c], [{'loss': 1.}], steps=2)",
    "lambdas, other methods": "c = keras.callbacks.LambdaCallback(on_test_begin=lambda logs=None: print('test', logs), extra=3)\nprint(c.extra, c._implements_train_batch_hooks(), keras.callbacks.LambdaCallback(on_batch_end=print)._implements_train_batch_hooks())\ndrive([c], [{'loss': 1.}], steps=1, validation=1)",
    "checkpoint": "drive([keras.callbacks.ModelCheckpoint('m-{epoch:02d}-{loss:.2f}', verbose=1)], losses(3, 2, 2.5), steps=1, epochs=3)",
    "checkpoint of the best": "drive([keras.callbacks.ModelCheckpoint('b.h5', 'loss', verbose=1, save_best_only=True)], losses(3, 2, 2.5, 1), steps=1, epochs=4, verbose=2)",
    "checkpoint of the largest": "for k in (dict(monitor='val_acc'), dict(monitor='fmeasure2'), dict(monitor='x', mode='max'), dict(monitor='x', mode='odd'), dict(monitor='acc', mode='min')):\n    c = keras.callbacks.ModelCheckpoint('b', save_best_only=True, save_weights_only=True, verbose=1, **k)\n    drive([c], [{k['monitor']: v} for v in (1., 2., 1.5)], steps=1, epochs=3)\n    print(c.best)",
    "checkpoint, threshold": "drive([keras.callbacks.ModelCheckpoint('b', 'loss', verbose=1, save_best_only=True, save_weights_only=True, initial_value_threshold=2.2)], losses(3, 2, 2.5), steps=1, epochs=3)",
    "checkpoint, missing metric": "drive([keras.callbacks.ModelCheckpoint('b', verbose=1, save_best_only=True)], losses(3), steps=1)",
    "checkpoint after batches": "drive([keras.callbacks.ModelCheckpoint('b{epoch}-{batch}', verbose=1, save_freq=3, save_weights_only=True)], losses(3, 2, 1), steps=4, epochs=3)",
    "checkpoint after one batch": "drive([keras.callbacks.ModelCheckpoint('b{epoch}-{batch}-{loss:.1f}', verbose=1, save_freq=1, save_weights_only=True)], losses(3, 2), steps=2, epochs=2)",
    "checkpoint after periods": "drive([keras.callbacks.ModelCheckpoint('b{epoch}', verbose=1, period=2)], losses(3, 2, 1, 0, 5), steps=1, epochs=5)",
    "checkpoint in a folder": "drive([keras.callbacks.ModelCheckpoint('x/y/b{epoch}', save_weights_only=True)], losses(3), steps=1)\nprint(os.path.isdir('x/y'))",
    "checkpoint, an unknown name": "t(lambda: drive([keras.callbacks.ModelCheckpoint('b{acc}')], losses(3), steps=1))\nt(lambda: drive([keras.callbacks.ModelCheckpoint('b{batch}')], losses(3), steps=1))",
    "checkpoint, arguments": "C = keras.callbacks.ModelCheckpoint\nfor k in (dict(save_freq='batch'), dict(save_freq=2.5), dict(options=3), dict(options=3, save_weights_only=True)): t(lambda: C('b', **k))\nt(lambda: C('b.keras', options=3))\nimport pathlib\nt(lambda: C(pathlib.Path('b')))\nprint(C(pathlib.Path('b'), save_weights_only=True).filepath)",
    "checkpoint of the best, .keras": "drive([keras.callbacks.ModelCheckpoint('b{epoch}.keras', 'loss', save_best_only=True)], losses(3, 2), steps=1, epochs=2)\ndrive([keras.callbacks.ModelCheckpoint('b{epoch}.keras', 'loss')], losses(3, 2), steps=1, epochs=2)\ndrive([keras.callbacks.ModelCheckpoint('b{epoch}.h5', 'loss')], losses(3, 2), steps=1, epochs=2)",
    "checkpoint, a folder is there": "class M(Model):\n    def save(self, *a, **k): raise IsADirectoryError(21, 'Is a directory')\nt(lambda: drive([keras.callbacks.ModelCheckpoint('b')], losses(3), steps=1, model=M()))\nclass M(Model):\n    def save(self, *a, **k): raise OSError('name is a directory, it says')\nt(lambda: drive([keras.callbacks.ModelCheckpoint('b')], losses(3), steps=1, model=M()))\nclass M(Model):\n    def save(self, *a, **k): raise PermissionError(13, 'not allowed')\nt(lambda: drive([keras.callbacks.ModelCheckpoint('b')], losses(3), steps=1, model=M()))",
    "checkpoint, continued": "import os\nfor i, name in enumerate(('w-01.h5', 'w-02.h5', 'v-09.h5')):\n    open(name, 'w').close()\n    os.utime(name, (i, i))\ndrive([keras.callbacks.ModelCheckpoint('./w-{epoch:02d}.h5', load_weights_on_restart=True)], losses(3), steps=1)\nos.utime('w-01.h5', (9, 9))\ndrive([keras.callbacks.ModelCheckpoint('./w-{epoch:02d}.h5', load_weights_on_restart=True)], losses(3), steps=1)\ndrive([keras.callbacks.ModelCheckpoint('./u-{epoch:02d}.h5', load_weights_on_restart=True)], losses(3), steps=1)\ndrive([keras.callbacks.ModelCheckpoint('./v-09.h5', load_weights_on_restart=True)], losses(3), steps=1)",
    "messages to a logger": "keras.utils.disable_interactive_logging()\nprint(keras.utils.is_interactive_logging_enabled())\ndrive([], losses(1), steps=1, verbose=1)\nkeras.utils.enable_interactive_logging()\nprint(keras.utils.is_interactive_logging_enabled())",
}  # fmt: skip

FITS = {
    "fit": "m = dense()\nh = m.fit(x, y, shuffle=False, epochs=3, batch_size=8, callbacks=[Recorder()], verbose=0, validation_split=.25)\nprint(plain(h.history), h.epoch, h.params)",
    "bars": "m = dense()\nm.fit(x, y, shuffle=False, epochs=2, batch_size=8, validation_split=.25)\nm.evaluate(x, y)\nm.predict(x)\nm.evaluate(x, y, verbose=2)\nm.predict(x, verbose=2)\nm.fit(x, y, shuffle=False, epochs=1)\nm.fit(x, y, shuffle=False, verbose=2, epochs=2)\nm.fit(x, y, shuffle=False, verbose='auto', epochs=3, initial_epoch=2)",
    "tensors": "class Types(keras.callbacks.Callback):\n    def on_train_batch_begin(self, batch, logs=None): print('begin', batch, logs)\n    def on_train_batch_end(self, batch, logs=None): print({k: type(v).__name__ for k, v in logs.items()})\n    def on_epoch_end(self, epoch, logs=None): print({k: type(v).__name__ for k, v in logs.items()})\n    def on_test_batch_end(self, batch, logs=None): print({k: type(v).__name__ for k, v in logs.items()})\n    def on_predict_batch_end(self, batch, logs=None): print({k: (type(v).__name__, v.shape) for k, v in logs.items()})\nm = dense()\nm.fit(x, y, shuffle=False, batch_size=20, callbacks=[Types()], verbose=0, validation_data=(x, y))\nm.predict(x, batch_size=30, callbacks=[Types()], verbose=0)\nm.evaluate(x, y, callbacks=[Types()], verbose=0)",
    "early stopping": "m = dense()\nkept = []\nh = m.fit(x, y, shuffle=False, epochs=9, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: kept.append(m.get_weights()[0])), keras.callbacks.EarlyStopping('loss', mode='max', patience=2, restore_best_weights=True, verbose=1)], verbose=2)\nprint(h.epoch, np.array_equal(m.get_weights()[0], kept[0]), m.stop_training)",
    "stopped by a batch": "class Stop(keras.callbacks.Callback):\n    def on_train_batch_end(self, batch, logs=None): self.model.stop_training = batch == 1\nm = dense()\nh = m.fit(x, y, shuffle=False, batch_size=5, epochs=4, callbacks=[Stop(), Recorder()], verbose=0)\nprint(h.epoch)",
    "nan": "m = dense()\ny[25] = np.nan\nh = m.fit(x, y, shuffle=False, batch_size=10, epochs=3, callbacks=[keras.callbacks.TerminateOnNaN(), Recorder()], verbose=0)\nprint(h.epoch)",
    "learning rates": "m = dense()\nh = m.fit(x, y, shuffle=False, epochs=3, callbacks=[keras.callbacks.LearningRateScheduler(lambda e, lr: lr / 2, 1)], verbose=0)\nprint(plain(h.history), plain(m.optimizer.learning_rate.numpy()))\nh = m.fit(x, y, shuffle=False, epochs=4, callbacks=[keras.callbacks.ReduceLROnPlateau('loss', patience=1, mode='max', verbose=1)], verbose=2)\nprint(plain(h.history['lr']))",
    "csv": "m = dense()\nm.fit(x, y, shuffle=False, epochs=3, callbacks=[keras.callbacks.CSVLogger('log.csv'), keras.callbacks.LearningRateScheduler(lambda e: .5 ** e)], verbose=0, validation_data=(x, y), validation_freq=2)\nprint([line.split(',')[0] for line in read('log.csv').split()], read('log.csv').split()[0], read('log.csv').split()[1].split(',')[3:])",
    "checkpoints": "m = dense()\nm.fit(x, y, shuffle=False, epochs=3, callbacks=[keras.callbacks.ModelCheckpoint('w{epoch}', save_weights_only=True, verbose=1)], verbose=0)\nprint(sorted(os.listdir()), read('checkpoint'), tf.train.latest_checkpoint('.'), tf.train.latest_checkpoint('none'))\nn = dense()\nn.load_weights('w3')\nprint(all(np.array_equal(a, b) for a, b in zip(n.get_weights(), m.get_weights())), n.optimizer.iterations.numpy())\nn.fit(x, y, shuffle=False, verbose=0)\nm.fit(x, y, shuffle=False, verbose=0)\nprint(max(np.abs(a - b).max() for a, b in zip(n.get_weights(), m.get_weights())) < 1e-6, n.optimizer.iterations.numpy())\nn.load_weights(tf.train.latest_checkpoint('.')).expect_partial()",
    "files": "import warnings\nwarnings.simplefilter('ignore')\nm = dense()\nm.fit(x, y, shuffle=False, epochs=2, callbacks=[keras.callbacks.ModelCheckpoint('m{epoch}.keras', verbose=1), keras.callbacks.ModelCheckpoint('m.h5', 'loss', save_best_only=True), keras.callbacks.ModelCheckpoint('w.weights.h5', save_weights_only=True), keras.callbacks.ModelCheckpoint('w.h5', save_weights_only=True)], verbose=0)\nfor name in ('m2.keras', 'm.h5'):\n    n = keras.models.load_model(name)\n    print(name, all(np.array_equal(a, b) for a, b in zip(n.get_weights(), m.get_weights())), n.optimizer.iterations.numpy(), n.metrics_names)\n    h = n.fit(x, y, shuffle=False, verbose=0)\n    print(plain(h.history))\nfor name in ('m2.keras', 'w.weights.h5', 'w.h5'):\n    n = dense()\n    print(n.load_weights(name), all(np.array_equal(a, b) for a, b in zip(n.get_weights(), m.get_weights())))\nt(lambda: m.fit(x, y, shuffle=False, verbose=0, callbacks=[keras.callbacks.ModelCheckpoint('b.keras', 'loss', save_best_only=True)]))",
}  # fmt: skip


class Clock:
    """A clock that advances by `step` seconds at each look."""

    def __init__(self) -> None:
        self.now, self.step = 1000.0, 0.06

    def time(self) -> float:
        """The time, in seconds."""
        self.now += self.step
        return self.now


def scope(keras: Any, tf: Any, clock: Clock) -> dict[str, Any]:
    """The names that the code of a case may use."""

    class Recorder(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        """Prints each call of a method."""

        def __init__(self, name: str = "-") -> None:
            super().__init__()
            self.name = name

    def noting(method: str) -> Any:
        def note(self: Any, *arguments: Any, **keywords: Any) -> None:
            print(self.name, method, *map(plain, arguments), *map(plain, keywords.values()))

        return note

    for where in (
        "train",
        "test",
        "predict",
        "epoch",
        "train_batch",
        "test_batch",
        "predict_batch",
    ):
        for when in ("begin", "end"):
            setattr(Recorder, f"on_{where}_{when}", noting(f"on_{where}_{when}"))

    class Model:
        """What callbacks use of a model."""

        def __init__(self, metrics: Any = ("loss", "acc")) -> None:
            self.metrics = [type("M", (), {"name": name}) for name in metrics]
            self.optimizer = keras.optimizers.SGD(0.1)
            self.stop_training = False
            self.weights = 0
            self._train_counter, self._test_counter, self._predict_counter = (
                tf.Variable(0, dtype="int64") for _ in range(3)
            )
            self.distribute_strategy = (
                tf.distribute.get_strategy() if hasattr(tf, "distribute") else None
            )

        def get_weights(self) -> Any:
            return self.weights

        def set_weights(self, weights: Any) -> None:
            self.weights = weights

        def save(self, path: str, **keywords: Any) -> None:
            print("save", path, "options" in keywords, keywords["overwrite"])

        def save_weights(self, path: str, **keywords: Any) -> None:
            print("save_weights", path, "options" in keywords, keywords["overwrite"])

        def load_weights(self, path: str) -> None:
            print("load_weights", path)

    def drive(
        callbacks: Any, epochs_logs: Any, steps: Any, epochs: int = 1, verbose: int = 0,
        batches: int = 0, validation: int = 0, model: Any = None, first: int = 0,
    ) -> Any:  # fmt: skip
        """Call callbacks as `fit` does, with the logs of each epoch; return the history."""
        model = model or Model()
        called = keras.callbacks.CallbackList(
            callbacks, add_history=True, add_progbar=verbose != 0, model=model,
            verbose=verbose, epochs=epochs, steps=steps,
        )  # fmt: skip
        model.stop_training = False
        called.on_train_begin()
        logs: Any = None
        for epoch, given in enumerate(epochs_logs, first):
            called.on_epoch_begin(epoch)
            counter = getattr(model, "_train_counter", tf.Variable(0, dtype="int64"))
            counter.assign(0)
            for batch in range(batches or steps):
                called.on_train_batch_begin(batch)
                counter.assign_add(1)
                model.weights += 1
                logs = {name: value for name, value in given.items() if "val" not in name}
                called.on_train_batch_end(batch, logs)
                if model.stop_training:
                    break
            if validation:
                called.on_test_begin()
                for batch in range(validation):
                    called.on_test_batch_begin(batch)
                    called.on_test_batch_end(batch, {"loss": 1.0})
                called.on_test_end({"loss": 1.0})
            logs = dict(given)
            called.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        called.on_train_end(logs)
        return called._history

    def dense() -> Any:
        model = keras.Sequential(
            [keras.layers.Dense(4, "tanh", input_shape=(3,)), keras.layers.Dense(1)]
        )
        ramps = [np.linspace(-1, 0.9, w.size).reshape(w.shape) for w in model.get_weights()]
        model.set_weights(ramps)
        model.compile(keras.optimizers.Adam(0.05), "mse", metrics=["mae"])
        return model

    x = np.sin(np.arange(120.0)).reshape(40, 3).astype("float32")
    return {
        "keras": keras, "tf": tf, "np": np, "os": os, "clock": clock, "Recorder": Recorder,
        "Model": Model, "drive": drive, "t": t, "losses": losses, "read": read, "plain": plain,
        "dense": dense, "x": x, "y": x.sum(axis=1, keepdims=True),
    }  # fmt: skip


def t(function: Any) -> None:
    """Print what a function returns, or the type of what it raises."""
    try:
        print(plain(function()))
    except Exception as error:
        print(type(error).__name__)


def losses(*values: float) -> list[dict[str, float]]:
    """Logs of epochs with these losses."""
    return [{"loss": float(value)} for value in values]


def read(name: str) -> str:
    """The text of a file, with its line ends as they are."""
    return Path(name).read_bytes().decode()


def plain(value: Any) -> Any:
    """A value with numbers of Python, floats with four significant digits."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return f"array{list(value.shape)}"
    if isinstance(value, np.generic):
        value = value.item()
    return float(f"{value:.4g}") if isinstance(value, float) else value


def printed(code: str, names: dict[str, Any]) -> str:
    """What the code of a case prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(code, names)
        except Exception as error:
            print("uncaught", type(error).__name__)
    return out.getvalue()


def cases() -> Iterator[tuple[str, str, str]]:
    """The kind, the name and the code of each case."""
    for kind, listed in (("progbars", PROGBARS), ("driven", DRIVEN), ("fits", FITS)):
        for name, code in listed.items():
            yield kind, name, code
