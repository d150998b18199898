"""Cases of callbacks and of the progress bar, which run on ours and on a real Keras.

Each is code that prints. `PROGBARS` have a clock that advances by a fixed time at each look;
`DRIVEN` call a `CallbackList` as `fit` does, with logs that are given; `FITS` train a model.
"""

import contextlib
import io
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

PROGBARS = {
    "bar": """
        P = keras.utils.Progbar(5)
        for i in range(1, 6):
            P.update(i, [("loss", 1 / i)])
    """,
    "one step": """
        P = keras.utils.Progbar(1)
        P.update(1, [("loss", 0.5)])
        P.update(1, [("loss", 0.5)], finalize=True)
    """,
    "no values": """
        P = keras.utils.Progbar(12)
        for i in range(1, 13):
            P.update(i)
    """,
    "from zero": """
        P = keras.utils.Progbar(3)
        for i in range(4):
            P.update(i)
    """,
    "width and unit": """
        P = keras.utils.Progbar(100, width=7, unit_name="sample")
        for i in range(0, 101, 9):
            P.update(i)
        P.update(100)
    """,
    "interval": """
        P = keras.utils.Progbar(40, interval=0.2)
        for i in range(1, 41):
            P.update(i, [("a", i)])
    """,
    "stateful": """
        P = keras.utils.Progbar(4, stateful_metrics=["b"])
        for i in range(1, 5):
            P.update(i, [("a", i), ("b", i)])
    """,
    "stateful later": """
        P = keras.utils.Progbar(3)
        P.update(1, [("a", 1.0)])
        P._update_stateful_metrics({"a"})
        P.update(2, [("a", 5.0)])
        P.update(3, [("a", 7.0)])
    """,
    "weights of the average": """
        P = keras.utils.Progbar(10)
        P.update(3, [("a", 1.0)])
        P.update(10, [("a", 2.0)])
    """,
    "add": """
        P = keras.utils.Progbar(6)
        P.add(2, [("a", 1.0)])
        P.add(3, [("a", 2.0)])
        P.add(1, [("a", 4.0)])
    """,
    "beyond the target": """
        P = keras.utils.Progbar(2)
        for i in range(1, 5):
            P.update(i)
    """,
    "small, negative, special": """
        P = keras.utils.Progbar(2)
        v = [
            ("a", 1e-3),
            ("b", 1.1e-3),
            ("c", -0.5),
            ("d", -1e-4),
            ("e", float("nan")),
            ("f", float("inf")),
            ("g", 123456.789),
            ("h", 0),
            ("i", 3),
        ]
        P.update(1, v)
        P.update(2, v)
    """,
    "arrays": """
        P = keras.utils.Progbar(2)
        P.update(1, [("a", np.array([1.0, 2.0]))])
        P.update(2, [("a", np.array([3.0, 4.0]))])
    """,
    "a shorter line": """
        P = keras.utils.Progbar(3, stateful_metrics=["a"])
        P.update(1, [("a", 123456.0)])
        P.update(2, [("a", 1.0)])
        P.update(3, [("a", 2.0)])
    """,
    "unknown target": """
        P = keras.utils.Progbar(None)
        for i in range(1, 5):
            P.update(i, [("loss", i)])
        P.target = 4
        P.update(4, [("loss", 4)], finalize=True)
    """,
    "unknown, one step": """
        P = keras.utils.Progbar(None)
        P.update(1, [("loss", 2.0)])
        P.target = 1
        P.update(1, [("loss", 2.0)], finalize=True)
    """,
    "one line": """
        P = keras.utils.Progbar(5, verbose=2)
        for i in range(1, 6):
            P.update(i, [("loss", i), ("b", -i), ("c", 1e-4)])
    """,
    "one line, not at the target": """
        P = keras.utils.Progbar(5, verbose=2)
        P.update(3, [("loss", 1)], finalize=True)
        print("|")
    """,
    "one line, twice": """
        P = keras.utils.Progbar(20, verbose=2)
        P.update(20, [("loss", 1)])
        P.update(20, [("loss", 3)])
    """,
    "silent": """
        P = keras.utils.Progbar(5, verbose=0)
        for i in range(1, 6):
            P.update(i, [("loss", i)])
    """,
    "another verbosity": """
        P = keras.utils.Progbar(5, verbose=3)
        for i in range(1, 6):
            P.update(i, [("loss", i)])
    """,
    "seconds": """
        clock.step = 2.6
        P = keras.utils.Progbar(4)
        for i in range(1, 5):
            P.update(i)
    """,
    "minutes": """
        clock.step = 61
        P = keras.utils.Progbar(4)
        for i in range(1, 5):
            P.update(i)
    """,
    "hours": """
        clock.step = 3700
        P = keras.utils.Progbar(4)
        for i in range(1, 5):
            P.update(i)
    """,
    "milliseconds": """
        clock.step = 0.0123
        P = keras.utils.Progbar(4, interval=0)
        for i in range(1, 5):
            P.update(i)
    """,
    "microseconds": """
        clock.step = 0.00001234
        P = keras.utils.Progbar(4, interval=0)
        for i in range(1, 5):
            P.update(i)
    """,
    "no time": """
        clock.step = 0
        P = keras.utils.Progbar(4, interval=0)
        for i in range(1, 5):
            P.update(i)
    """,
    "times of one line": """
        for step in (1e-6, 1e-3, 0.9, 1, 70):
            clock.step = step
            P = keras.utils.Progbar(2, verbose=2)
            P.update(1)
            P.update(2)
    """,
    "new lines": """
        P = keras.utils.Progbar(3)
        P._dynamic_display = False
        for i in range(1, 4):
            P.update(i, [("a", i)])
    """,
    "numbers of NumPy": """
        P = keras.utils.Progbar(np.int64(3))
        for i in range(1, 4):
            P.update(np.int64(i), [("a", np.float32(i) / 3)])
    """,
    "target 0": """
        P = keras.utils.Progbar(0)
        with np.errstate(all="ignore"):
            t(lambda: P.update(0))
    """,
    "no target, one line": """
        P = keras.utils.Progbar(None, verbose=2)
        t(lambda: P.update(1, finalize=True))
    """,
}

DRIVEN = {
    "names of the parameters": """
        c = Recorder()
        drive([c], [{"loss": 1.0}], steps=1, epochs=1, verbose=0)
        print(sorted(c.params.items()))
    """,
    "order": """
        drive([Recorder("a"), Recorder("b")], [{"loss": 1.0}, {"loss": 2.0}], steps=2, epochs=2)
    """,
    "order, nested lists": """
        drive([Recorder("a"), [Recorder("b"), (Recorder("c"),)]], [{"loss": 1.0}], steps=1)
    """,
    "one callback": """
        drive(Recorder("a"), [{"loss": 1.0}], steps=1)
    """,
    "logs are shared": """
        class Adds(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                logs["more"] = epoch
        h = drive([Adds(), Recorder("b")], [{"loss": 1.0}], steps=1)
        print(h.history)
    """,
    "tensors become numbers": """
        class Types(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                print({k: type(v).__name__ for k, v in logs.items()})
            def on_train_batch_end(self, batch, logs=None):
                print({k: type(v).__name__ for k, v in logs.items()})
        drive(
            [Types()],
            [
                {
                    "loss": tf.constant(1.0),
                    "n": tf.constant(2),
                    "v": tf.constant([1.0, 2.0]),
                    "p": 3,
                    "np": np.float32(3),
                }
            ],
            steps=1,
        )
    """,
    "tensors stay where all accept them": """
        class Types(keras.callbacks.Callback):
            def __init__(self):
                super().__init__()
                self._supports_tf_logs = True
            def on_epoch_end(self, epoch, logs=None):
                print(tf.is_tensor(logs["loss"]))
            def on_train_batch_end(self, batch, logs=None):
                print(tf.is_tensor(logs["loss"]))
        l = keras.callbacks.CallbackList([Types()], model=Model(), verbose=0, epochs=1, steps=1)
        l.on_train_batch_end(0, {"loss": tf.constant(1.0)})
        l.on_epoch_end(0, {"loss": tf.constant(1.0)})
        print(l._supports_tf_logs, l._batch_hooks_support_tf_logs)
    """,
    "which batches are wanted": """
        def wanted(*methods):
            c = type(
                "C",
                (keras.callbacks.Callback,),
                {m: lambda self, batch, logs=None: None for m in methods},
            )()
            l = keras.callbacks.CallbackList([c])
            return (
                l._should_call_train_batch_hooks,
                l._should_call_test_batch_hooks,
                l._should_call_predict_batch_hooks,
            )
        for m in (
            "on_batch_begin",
            "on_batch_end",
            "on_train_batch_begin",
            "on_train_batch_end",
            "on_test_batch_begin",
            "on_test_batch_end",
            "on_predict_batch_begin",
            "on_predict_batch_end",
            "on_epoch_end",
        ):
            print(m, wanted(m))
        for v in (0, 1, 2, 3):
            for s in (5, None):
                l = keras.callbacks.CallbackList(
                    [], add_progbar=True, model=Model(), verbose=v, epochs=1, steps=s
                )
                print(v, s, l._should_call_train_batch_hooks)
    """,
    "what is added": """
        names = lambda l: [type(c).__name__ for c in l]
        C = keras.callbacks.CallbackList
        print(
            names(C()),
            names(C(add_history=True)),
            names(C(add_progbar=True)),
            names(C([keras.callbacks.History()], add_history=True, add_progbar=True)),
        )
        print(
            names(C([keras.callbacks.ProgbarLogger("steps")], add_progbar=True, add_history=True))
        )
        l = C()
        l.append(keras.callbacks.History())
        print(names(l), l._history, l._progbar)
    """,
    "no callbacks": """
        l = keras.callbacks.CallbackList()
        l.on_train_begin()
        l.on_epoch_begin(0)
        l.on_train_batch_begin(0)
        l.on_batch_begin(0)
        l.on_batch_end(0)
        l.on_train_end()
        print(l._should_call_train_batch_hooks, l.callbacks)
    """,
    "an unknown hook": """
        t(
            lambda: keras.callbacks.CallbackList([Recorder()])._call_batch_hook(
                "train", "middle", 0
            )
        )
    """,
    "begin and end by mode": """
        l = keras.callbacks.CallbackList([Recorder()])
        for mode in ("train", "test", "predict"):
            l._call_begin_hook(mode)
            l._call_end_hook(mode)
    """,
    "old names of batches": """
        class Old(keras.callbacks.Callback):
            def on_batch_begin(self, batch, logs=None):
                print("begin", batch, logs)
            def on_batch_end(self, batch, logs=None):
                print("end", batch, logs)
        drive([Old()], [{"loss": 1.0}], steps=2)
        l = keras.callbacks.CallbackList([Old()])
        l.on_batch_begin(3, {"a": 1})
        l.on_batch_end(3)
    """,
    "no method of the base class prints": """
        drive([keras.callbacks.Callback()], [{"loss": 1.0}], steps=2)
        c = keras.callbacks.Callback()
        print(
            c.model,
            c.validation_data,
            c._chief_worker_only,
            c._supports_tf_logs,
            hasattr(c, "params"),
        )
    """,
    "history": """
        h = drive([], [{"loss": 1.0, "a": 2.0}, {"loss": 0.5, "b": 3.0}], steps=1, epochs=2)
        print(h.history, h.epoch, h.params, h.model.history is h)
        h.model.history = None
        drive([h], [{"loss": 9.0}], steps=1, first=2)
        print(h.history, h.epoch)
    """,
    "bar of fit": """
        drive(
            [],
            [{"loss": 0.5, "acc": 0.25}, {"loss": 0.25, "acc": 0.5}],
            steps=3,
            epochs=2,
            verbose=1,
        )
    """,
    "bar of one epoch": """
        drive([], [{"loss": 0.5}], steps=3, epochs=1, verbose=1)
    """,
    "bar with a validation": """
        drive([], [{"loss": 0.5, "val_loss": 1.0}], steps=2, epochs=1, verbose=1, validation=2)
    """,
    "bar of unknown length": """
        drive([], [{"loss": 0.5}, {"loss": 0.25}], steps=None, batches=3, epochs=2, verbose=1)
    """,
    "lines of fit": """
        drive(
            [],
            [{"loss": 0.5, "acc": 0.25}, {"loss": 0.25, "acc": 0.5}],
            steps=3,
            epochs=2,
            verbose=2,
        )
    """,
    "lines of unknown length": """
        drive([], [{"loss": 0.5}, {"loss": 0.25}], steps=None, batches=3, epochs=2, verbose=2)
    """,
    "a model without counters": """
        m = Model()
        del m._train_counter
        drive([], [{"loss": 0.5}], steps=None, batches=3, verbose=2, model=m)
        l = keras.callbacks.CallbackList(
            [], add_progbar=True, model=m, verbose=2, epochs=1, steps=None
        )
        print(l._should_call_train_batch_hooks)
    """,
    "silent fit": """
        drive([], [{"loss": 0.5}], steps=3, verbose=0)
    """,
    "averages of other metrics": """
        m = Model(metrics=())
        drive([], [{"loss": 0.5}], steps=3, verbose=1, model=m)
    """,
    "given stateful metrics": """
        p = keras.callbacks.ProgbarLogger("steps", stateful_metrics=["loss"])
        drive([p], [{"loss": 0.5}], steps=3, verbose=1, model=Model(metrics=()))
        print(sorted(p.stateful_metrics))
    """,
    "samples": """
        p = keras.callbacks.ProgbarLogger()
        p.set_model(Model())
        p.set_params({"verbose": 1, "epochs": 1, "samples": 10})
        p.on_train_begin()
        p.on_epoch_begin(0)
        for b in range(2):
            p.on_train_batch_end(b, {"size": 5, "batch": b, "loss": 1.0})
        p.on_epoch_end(0, {"loss": 1.0})
    """,
    "evaluate": """
        l = keras.callbacks.CallbackList(
            [], add_history=True, add_progbar=True, model=Model(), verbose=1, epochs=1, steps=3
        )
        l.on_test_begin()
        for b in range(3):
            l.on_test_batch_begin(b)
            l.on_test_batch_end(b, {"loss": 1.0 + b})
        l.on_test_end({"loss": 3.0})
    """,
    "evaluate, unknown length": """
        m = Model()
        l = keras.callbacks.CallbackList(
            [], add_history=True, add_progbar=True, model=m, verbose=1, epochs=1, steps=None
        )
        l.on_test_begin()
        for b in range(3):
            m._test_counter.assign_add(1)
            l.on_test_batch_end(b, {"loss": 1.0 + b})
        l.on_test_end({"loss": 3.0})
    """,
    "predict": """
        for v in (1, 2, 0):
            l = keras.callbacks.CallbackList(
                [],
                add_history=True,
                add_progbar=True,
                model=Model(),
                verbose=v,
                epochs=1,
                steps=3,
            )
            l.on_predict_begin()
            for b in range(3):
                l.on_predict_batch_begin(b)
                l.on_predict_batch_end(b, {"outputs": np.ones(3)})
            l.on_predict_end()
    """,
    "an unknown count mode": """
        t(lambda: keras.callbacks.ProgbarLogger("batches"))
    """,
    "base logger": """
        b = keras.callbacks.BaseLogger(["s"])
        b.set_params({"metrics": ["loss", "s", "missing"]})
        b.on_epoch_begin(0)
        for i in range(3):
            b.on_batch_end(i, {"size": 2 + i, "loss": float(i), "s": float(i)})
        logs = {}
        b.on_epoch_end(0, logs)
        print(logs, b.seen)
        b.on_epoch_end(0)
    """,
    "base logger without names": """
        b = keras.callbacks.BaseLogger()
        t(lambda: drive([b], [{"loss": 1.0}], steps=1))
    """,
    "make_logs": """
        l = keras.callbacks.CallbackList([Recorder()])
        m = Model()
        m.metrics_names = ["loss", "acc"]
        print(
            l.make_logs(m, {}, [1, 2], "train", "val_"),
            l.make_logs(m, {}, [1, 2], "predict"),
            keras.callbacks.CallbackList().make_logs(m, {}, [1], "test"),
        )
    """,
    "nan": """
        for v in (
            float("nan"),
            float("inf"),
            -float("inf"),
            1.0,
            None,
            tf.constant(float("nan")),
        ):
            m = Model()
            c = keras.callbacks.TerminateOnNaN()
            c.set_model(m)
            c.on_batch_end(7, None if v is None else {"loss": v})
            print(m.stop_training)
    """,
    "early stopping": """
        drive(
            [keras.callbacks.EarlyStopping(monitor="loss", patience=1, verbose=1)],
            losses(3, 2, 2.5, 1, 2, 3, 4),
            steps=1,
            epochs=7,
            verbose=0,
        )
    """,
    "early stopping, no patience": """
        drive(
            [keras.callbacks.EarlyStopping("loss", verbose=1)],
            losses(3, 3, 3),
            steps=1,
            epochs=3,
            verbose=2,
        )
    """,
    "early stopping, first epoch": """
        c = keras.callbacks.EarlyStopping("loss", verbose=1, baseline=1)
        drive([c], losses(3, 4, 5), steps=1, epochs=3)
        print(c.stopped_epoch, c.best, c.wait, c.best_epoch)
    """,
    "early stopping, min_delta": """
        for d in (0.5, -0.5, 0.1):
            c = keras.callbacks.EarlyStopping("loss", min_delta=d, patience=2, verbose=1)
            drive([c], losses(3, 2.7, 2.4, 2.1, 2, 1.9), steps=1, epochs=6)
            print(c.min_delta, c.best, c.wait, c.stopped_epoch)
    """,
    "early stopping, largest": """
        for m in ("max", "auto"):
            for name in ("acc", "val_accuracy", "my_auc", "accuracy_loss"):
                c = keras.callbacks.EarlyStopping(name, mode=m, patience=1, verbose=1)
                drive([c], [{name: v} for v in (1.0, 2.0, 1.5, 1.0, 3.0)], steps=1, epochs=5)
                print(m, name, c.best, c.best_epoch, c.monitor_op is np.greater)
    """,
    "early stopping, baseline": """
        for b in (2.2, 10, 0):
            c = keras.callbacks.EarlyStopping("loss", baseline=b, patience=3, verbose=1)
            drive([c], losses(3, 2.5, 2.4, 2.1, 2.3, 2.3, 2.3, 2.3), steps=1, epochs=8)
            print(c.best, c.wait, c.stopped_epoch)
    """,
    "early stopping, best weights": """
        for k in (
            dict(),
            dict(baseline=0.5),
            dict(start_from_epoch=2),
            dict(patience=3),
            dict(verbose=0),
        ):
            m = Model()
            drive(
                [
                    keras.callbacks.EarlyStopping(
                        "loss", **{"patience": 1, "verbose": 1, "restore_best_weights": True, **k}
                    )
                ],
                losses(3, 2, 2.5, 2.6, 1, 5, 6, 7),
                steps=1,
                epochs=8,
                model=m,
            )
            print(m.weights)
    """,
    "early stopping, no improvement ever": """
        m = Model()
        drive(
            [
                keras.callbacks.EarlyStopping(
                    "loss", patience=2, verbose=1, restore_best_weights=True
                )
            ],
            losses(float("nan"), float("nan"), float("nan"), 1),
            steps=1,
            epochs=4,
            model=m,
        )
        print(m.weights)
    """,
    "early stopping, used again": """
        c = keras.callbacks.EarlyStopping("loss", patience=1, verbose=1)
        for i in range(2):
            drive([c], losses(3, 4, 5, 6), steps=1, epochs=4)
    """,
    "early stopping, first epoch of the run": """
        drive(
            [keras.callbacks.EarlyStopping("loss", verbose=1, start_from_epoch=3)],
            losses(1, 2, 3, 4, 5, 6),
            steps=1,
            epochs=6,
        )
    """,
    "early stopping, missing metric": """
        h = drive(
            [
                keras.callbacks.EarlyStopping(patience=0, verbose=1),
                keras.callbacks.EarlyStopping("loss", mode="least"),
            ],
            losses(1, 2, 3),
            steps=1,
            epochs=3,
        )
        print(h.epoch)
    """,
    "learning rates": """
        c = keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr * 0.5, verbose=1)
        m = Model()
        h = drive([c], losses(1, 2, 3), steps=1, epochs=3, model=m)
        print(plain(h.history), [type(v).__name__ for v in h.history["lr"]])
    """,
    "learning rates, of the epoch": """
        drive(
            [keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 * (epoch + 1), 1)],
            losses(1, 2, 3),
            steps=1,
            epochs=3,
            verbose=2,
        )
    """,
    "learning rates of other types": """
        for v in (
            tf.constant(0.5),
            np.float32(0.25),
            np.float64(0.125),
            1,
            tf.constant(1),
            "1",
            None,
        ):
            t(
                lambda: drive(
                    [keras.callbacks.LearningRateScheduler(lambda e, lr: v, 0)],
                    losses(1),
                    steps=1,
                ).history["lr"]
            )
    """,
    "learning rates, no optimizer": """
        m = Model()
        m.optimizer = None
        t(
            lambda: drive(
                [keras.callbacks.LearningRateScheduler(lambda e: 0.1)],
                losses(1),
                steps=1,
                model=m,
            )
        )
    """,
    "plateau": """
        for k in (
            dict(),
            dict(factor=0.5, cooldown=2),
            dict(min_lr=0.05),
            dict(min_delta=0.6),
            dict(patience=1),
            dict(mode="max"),
            dict(mode="odd"),
            dict(patience=0),
        ):
            m = Model()
            c = keras.callbacks.ReduceLROnPlateau("loss", **{"patience": 2, "verbose": 1, **k})
            h = drive(
                [c], losses(3, 2.5, 2.5, 2.5, 2.5, 2, 2, 2, 2, 2), steps=1, epochs=10, model=m
            )
            print(
                [round(float(v), 8) for v in h.history["lr"]], c.wait, c.cooldown_counter, c.best
            )
    """,
    "plateau of accuracy": """
        m = Model()
        c = keras.callbacks.ReduceLROnPlateau("val_acc", patience=1, verbose=1)
        h = drive(
            [c], [{"val_acc": v} for v in (0.1, 0.5, 0.5, 0.4, 0.6)], steps=1, epochs=5, model=m
        )
        print(c.best, h.history.keys())
    """,
    "plateau, missing metric": """
        h = drive(
            [keras.callbacks.ReduceLROnPlateau(verbose=1, epsilon=0.1)],
            losses(1, 2),
            steps=1,
            epochs=2,
        )
        print(list(h.history))
    """,
    "plateau, factor": """
        t(lambda: keras.callbacks.ReduceLROnPlateau(factor=1.0))
    """,
    "csv": """
        drive(
            [keras.callbacks.CSVLogger("log.csv")],
            [{"loss": 0.5, "acc": np.float32(0.1)}, {"loss": 0.25, "acc": 1}],
            steps=1,
            epochs=2,
        )
        print(repr(read("log.csv")))
    """,
    "csv, validation in some epochs": """
        drive(
            [keras.callbacks.CSVLogger("log.csv", separator=";")],
            [{"loss": 0.5}, {"loss": 0.25, "val_loss": 2.0}],
            steps=1,
            epochs=2,
        )
        print(repr(read("log.csv")))
    """,
    "csv, arrays and texts": """
        drive(
            [keras.callbacks.CSVLogger("log.csv")],
            [
                {
                    "a": np.array([1.0, 2.0]),
                    "b": "x,y",
                    "c": (1, 2),
                    "d": np.array(3.0),
                    "val_e": True,
                    "f": np.float32(0.1),
                    "g": 1e-20,
                }
            ],
            steps=1,
        )
        print(repr(read("log.csv")))
    """,
    "csv, appended": """
        for i in range(2):
            drive([keras.callbacks.CSVLogger("log.csv", append=True)], losses(i), steps=1)
        c = keras.callbacks.CSVLogger("log.csv", append=True)
        for i in range(2):
            drive([c], losses(i), steps=1, first=5)
        print(repr(read("log.csv")))
    """,
    "csv, overwritten": """
        for i in range(2):
            drive([keras.callbacks.CSVLogger("log.csv")], losses(i), steps=1)
        print(repr(read("log.csv")))
        keras.callbacks.CSVLogger("log.csv").on_train_begin()
        print(repr(read("log.csv")))
    """,
    "csv, other metrics later": """
        t(
            lambda: (
                drive(
                    [keras.callbacks.CSVLogger("log.csv")],
                    [{"a": 1.0}, {"b": 1.0}],
                    steps=1,
                    epochs=2,
                ).epoch
            )
        )
        print(repr(read("log.csv")))
    """,
    "csv, no folder": """
        t(lambda: drive([keras.callbacks.CSVLogger("none/log.csv")], losses(1), steps=1))
    """,
    "lambdas": """
        f = lambda name: lambda *a, **k: print(name, *a, *k.values())
        c = keras.callbacks.LambdaCallback(
            **{
                n: f(n)
                for n in (
                    "on_epoch_begin",
                    "on_epoch_end",
                    "on_batch_begin",
                    "on_batch_end",
                    "on_train_begin",
                    "on_train_end",
                )
            }
        )
        drive([c], [{"loss": 1.0}], steps=2)
    """,
    "lambdas, other methods": """
        c = keras.callbacks.LambdaCallback(
            on_test_begin=lambda logs=None: print("test", logs), extra=3
        )
        print(
            c.extra,
            c._implements_train_batch_hooks(),
            keras.callbacks.LambdaCallback(on_batch_end=print)._implements_train_batch_hooks(),
        )
        drive([c], [{"loss": 1.0}], steps=1, validation=1)
    """,
    "checkpoint": """
        drive(
            [keras.callbacks.ModelCheckpoint("m-{epoch:02d}-{loss:.2f}", verbose=1)],
            losses(3, 2, 2.5),
            steps=1,
            epochs=3,
        )
    """,
    "checkpoint of the best": """
        drive(
            [keras.callbacks.ModelCheckpoint("b.h5", "loss", verbose=1, save_best_only=True)],
            losses(3, 2, 2.5, 1),
            steps=1,
            epochs=4,
            verbose=2,
        )
    """,
    "checkpoint of the largest": """
        for k in (
            dict(monitor="val_acc"),
            dict(monitor="fmeasure2"),
            dict(monitor="x", mode="max"),
            dict(monitor="x", mode="odd"),
            dict(monitor="acc", mode="min"),
        ):
            c = keras.callbacks.ModelCheckpoint(
                "b", save_best_only=True, save_weights_only=True, verbose=1, **k
            )
            drive([c], [{k["monitor"]: v} for v in (1.0, 2.0, 1.5)], steps=1, epochs=3)
            print(c.best)
    """,
    "checkpoint, threshold": """
        drive(
            [
                keras.callbacks.ModelCheckpoint(
                    "b",
                    "loss",
                    verbose=1,
                    save_best_only=True,
                    save_weights_only=True,
                    initial_value_threshold=2.2,
                )
            ],
            losses(3, 2, 2.5),
            steps=1,
            epochs=3,
        )
    """,
    "checkpoint, missing metric": """
        drive(
            [keras.callbacks.ModelCheckpoint("b", verbose=1, save_best_only=True)],
            losses(3),
            steps=1,
        )
    """,
    "checkpoint after batches": """
        drive(
            [
                keras.callbacks.ModelCheckpoint(
                    "b{epoch}-{batch}", verbose=1, save_freq=3, save_weights_only=True
                )
            ],
            losses(3, 2, 1),
            steps=4,
            epochs=3,
        )
    """,
    "checkpoint after one batch": """
        drive(
            [
                keras.callbacks.ModelCheckpoint(
                    "b{epoch}-{batch}-{loss:.1f}", verbose=1, save_freq=1, save_weights_only=True
                )
            ],
            losses(3, 2),
            steps=2,
            epochs=2,
        )
    """,
    "checkpoint after periods": """
        drive(
            [keras.callbacks.ModelCheckpoint("b{epoch}", verbose=1, period=2)],
            losses(3, 2, 1, 0, 5),
            steps=1,
            epochs=5,
        )
    """,
    "checkpoint in a folder": """
        drive(
            [keras.callbacks.ModelCheckpoint("x/y/b{epoch}", save_weights_only=True)],
            losses(3),
            steps=1,
        )
        print(os.path.isdir("x/y"))
    """,
    "checkpoint, an unknown name": """
        t(lambda: drive([keras.callbacks.ModelCheckpoint("b{acc}")], losses(3), steps=1))
        t(lambda: drive([keras.callbacks.ModelCheckpoint("b{batch}")], losses(3), steps=1))
    """,
    "checkpoint, arguments": """
        C = keras.callbacks.ModelCheckpoint
        for k in (
            dict(save_freq="batch"),
            dict(save_freq=2.5),
            dict(options=3),
            dict(options=3, save_weights_only=True),
        ):
            t(lambda: C("b", **k))
        t(lambda: C("b.keras", options=3))
        import pathlib
        t(lambda: C(pathlib.Path("b")))
        print(C(pathlib.Path("b"), save_weights_only=True).filepath)
    """,
    "checkpoint of the best, .keras": """
        drive(
            [keras.callbacks.ModelCheckpoint("b{epoch}.keras", "loss", save_best_only=True)],
            losses(3, 2),
            steps=1,
            epochs=2,
        )
        drive(
            [keras.callbacks.ModelCheckpoint("b{epoch}.keras", "loss")],
            losses(3, 2),
            steps=1,
            epochs=2,
        )
        drive(
            [keras.callbacks.ModelCheckpoint("b{epoch}.h5", "loss")],
            losses(3, 2),
            steps=1,
            epochs=2,
        )
    """,
    "checkpoint, a folder is there": """
        class M(Model):
            def save(self, *a, **k):
                raise IsADirectoryError(21, "Is a directory")
        t(lambda: drive([keras.callbacks.ModelCheckpoint("b")], losses(3), steps=1, model=M()))
        class M(Model):
            def save(self, *a, **k):
                raise OSError("name is a directory, it says")
        t(lambda: drive([keras.callbacks.ModelCheckpoint("b")], losses(3), steps=1, model=M()))
        class M(Model):
            def save(self, *a, **k):
                raise PermissionError(13, "not allowed")
        t(lambda: drive([keras.callbacks.ModelCheckpoint("b")], losses(3), steps=1, model=M()))
    """,
    "checkpoint, continued": """
        for i, name in enumerate(("w-01.h5", "w-02.h5", "v-09.h5")):
            open(name, "w").close()
            os.utime(name, (i, i))
        drive(
            [keras.callbacks.ModelCheckpoint("./w-{epoch:02d}.h5", load_weights_on_restart=True)],
            losses(3),
            steps=1,
        )
        os.utime("w-01.h5", (9, 9))
        drive(
            [keras.callbacks.ModelCheckpoint("./w-{epoch:02d}.h5", load_weights_on_restart=True)],
            losses(3),
            steps=1,
        )
        drive(
            [keras.callbacks.ModelCheckpoint("./u-{epoch:02d}.h5", load_weights_on_restart=True)],
            losses(3),
            steps=1,
        )
        drive(
            [keras.callbacks.ModelCheckpoint("./v-09.h5", load_weights_on_restart=True)],
            losses(3),
            steps=1,
        )
    """,
    "messages to a logger": """
        keras.utils.disable_interactive_logging()
        print(keras.utils.is_interactive_logging_enabled())
        drive([], losses(1), steps=1, verbose=1)
        keras.utils.enable_interactive_logging()
        print(keras.utils.is_interactive_logging_enabled())
    """,
}

FITS = {
    "fit": """
        m = dense()
        h = m.fit(
            x,
            y,
            shuffle=False,
            epochs=3,
            batch_size=8,
            callbacks=[Recorder()],
            verbose=0,
            validation_split=0.25,
        )
        print(plain(h.history), h.epoch, h.params)
    """,
    "bars": """
        m = dense()
        m.fit(x, y, shuffle=False, epochs=2, batch_size=8, validation_split=0.25)
        m.evaluate(x, y)
        m.predict(x)
        m.evaluate(x, y, verbose=2)
        m.predict(x, verbose=2)
        m.fit(x, y, shuffle=False, epochs=1)
        m.fit(x, y, shuffle=False, verbose=2, epochs=2)
        m.fit(x, y, shuffle=False, verbose="auto", epochs=3, initial_epoch=2)
    """,
    "tensors": """
        class Types(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                print("begin", batch, logs)
            def on_train_batch_end(self, batch, logs=None):
                print({k: type(v).__name__ for k, v in logs.items()})
            def on_epoch_end(self, epoch, logs=None):
                print({k: type(v).__name__ for k, v in logs.items()})
            def on_test_batch_end(self, batch, logs=None):
                print({k: type(v).__name__ for k, v in logs.items()})
            def on_predict_batch_end(self, batch, logs=None):
                print({k: (type(v).__name__, v.shape) for k, v in logs.items()})
        m = dense()
        m.fit(
            x,
            y,
            shuffle=False,
            batch_size=20,
            callbacks=[Types()],
            verbose=0,
            validation_data=(x, y),
        )
        m.predict(x, batch_size=30, callbacks=[Types()], verbose=0)
        m.evaluate(x, y, callbacks=[Types()], verbose=0)
    """,
    "early stopping": """
        m = dense()
        kept = []
        h = m.fit(
            x,
            y,
            shuffle=False,
            epochs=9,
            callbacks=[
                keras.callbacks.LambdaCallback(
                    on_epoch_end=lambda e, logs: kept.append(m.get_weights()[0])
                ),
                keras.callbacks.EarlyStopping(
                    "loss", mode="max", patience=2, restore_best_weights=True, verbose=1
                ),
            ],
            verbose=2,
        )
        print(h.epoch, np.array_equal(m.get_weights()[0], kept[0]), m.stop_training)
    """,
    "stopped by a batch": """
        class Stop(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                self.model.stop_training = batch == 1
        m = dense()
        h = m.fit(
            x, y, shuffle=False, batch_size=5, epochs=4, callbacks=[Stop(), Recorder()], verbose=0
        )
        print(h.epoch)
    """,
    "nan": """
        m = dense()
        y[25] = np.nan
        h = m.fit(
            x,
            y,
            shuffle=False,
            batch_size=10,
            epochs=3,
            callbacks=[keras.callbacks.TerminateOnNaN(), Recorder()],
            verbose=0,
        )
        print(h.epoch)
    """,
    "learning rates": """
        m = dense()
        h = m.fit(
            x,
            y,
            shuffle=False,
            epochs=3,
            callbacks=[keras.callbacks.LearningRateScheduler(lambda e, lr: lr / 2, 1)],
            verbose=0,
        )
        print(plain(h.history), plain(m.optimizer.learning_rate.numpy()))
        h = m.fit(
            x,
            y,
            shuffle=False,
            epochs=4,
            callbacks=[
                keras.callbacks.ReduceLROnPlateau("loss", patience=1, mode="max", verbose=1)
            ],
            verbose=2,
        )
        print(plain(h.history["lr"]))
    """,
    "csv": """
        m = dense()
        m.fit(
            x,
            y,
            shuffle=False,
            epochs=3,
            callbacks=[
                keras.callbacks.CSVLogger("log.csv"),
                keras.callbacks.LearningRateScheduler(lambda e: 0.5**e),
            ],
            verbose=0,
            validation_data=(x, y),
            validation_freq=2,
        )
        print(
            [line.split(",")[0] for line in read("log.csv").split()],
            read("log.csv").split()[0],
            read("log.csv").split()[1].split(",")[3:],
        )
    """,
    "checkpoints": """
        m = dense()
        m.fit(
            x,
            y,
            shuffle=False,
            epochs=3,
            callbacks=[
                keras.callbacks.ModelCheckpoint("w{epoch}", save_weights_only=True, verbose=1)
            ],
            verbose=0,
        )
        print(
            sorted(os.listdir()),
            read("checkpoint"),
            tf.train.latest_checkpoint("."),
            tf.train.latest_checkpoint("none"),
        )
        n = dense()
        n.load_weights("w3")
        print(
            all(np.array_equal(a, b) for a, b in zip(n.get_weights(), m.get_weights())),
            n.optimizer.iterations.numpy(),
        )
        n.fit(x, y, shuffle=False, verbose=0)
        m.fit(x, y, shuffle=False, verbose=0)
        print(
            max(np.abs(a - b).max() for a, b in zip(n.get_weights(), m.get_weights())) < 1e-6,
            n.optimizer.iterations.numpy(),
        )
        n.load_weights(tf.train.latest_checkpoint(".")).expect_partial()
    """,
    "files": """
        import warnings
        warnings.simplefilter("ignore")
        m = dense()
        m.fit(
            x,
            y,
            shuffle=False,
            epochs=2,
            callbacks=[
                keras.callbacks.ModelCheckpoint("m{epoch}.keras", verbose=1),
                keras.callbacks.ModelCheckpoint("m.h5", "loss", save_best_only=True),
                keras.callbacks.ModelCheckpoint("w.weights.h5", save_weights_only=True),
                keras.callbacks.ModelCheckpoint("w.h5", save_weights_only=True),
            ],
            verbose=0,
        )
        for name in ("m2.keras", "m.h5"):
            n = keras.models.load_model(name)
            print(
                name,
                all(np.array_equal(a, b) for a, b in zip(n.get_weights(), m.get_weights())),
                n.optimizer.iterations.numpy(),
                n.metrics_names,
            )
            h = n.fit(x, y, shuffle=False, verbose=0)
            print(plain(h.history))
        for name in ("m2.keras", "w.weights.h5", "w.h5"):
            n = dense()
            print(
                n.load_weights(name),
                all(np.array_equal(a, b) for a, b in zip(n.get_weights(), m.get_weights())),
            )
        t(
            lambda: m.fit(
                x,
                y,
                shuffle=False,
                verbose=0,
                callbacks=[
                    keras.callbacks.ModelCheckpoint("b.keras", "loss", save_best_only=True)
                ],
            )
        )
    """,
}


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

    class Recorder(keras.callbacks.Callback):  # type: ignore[misc] # any Keras
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
            exec(textwrap.dedent(code), names)
        except Exception as error:
            print("uncaught", type(error).__name__)
    return out.getvalue()


def cases() -> Iterator[tuple[str, str, str]]:
    """The kind, the name and the code of each case."""
    for kind, listed in (("progbars", PROGBARS), ("driven", DRIVEN), ("fits", FITS)):
        for name, code in listed.items():
            yield kind, name, code
