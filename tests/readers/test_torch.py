"""Files of torch.save: any strides, types and nesting; nothing outside a storage is read."""

from __future__ import annotations

import tracemalloc
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from losscli.readers import open_sources
from tests.readers.opening import ONE, ROLES, load, refusal, same
from tests.readers.tensors import (
    call,
    opcodes,
    storage,
    tensor,
    tensor_of,
    torch_dict,
    torch_zip,
)

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"]
RAW = np.arange(60, dtype="<f4")


def written(tmp_path: Path, value: bytes, **options: Any) -> Path:
    path = tmp_path / "x.pt"
    path.write_bytes(torch_zip(value, {"0": RAW.tobytes()}, **options))
    return path


def mapping(**values: bytes) -> bytes:
    return b"}(" + b"".join(opcodes(key) + value for key, value in values.items()) + b"u"


def test_every_type_and_shape(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    for kind in KINDS:
        for shape in ((), (0,), (5,), (4, 3), (0, 3), (2, 3, 4)):
            array = np.asarray(np.random.default_rng(0).integers(0, 100, shape)).astype(kind)
            for stored in (array, array.T.copy().T):
                path.write_bytes(torch_zip(tensor_of(stored, "0"), {"0": stored.tobytes("A")}))
                assert same(load(path), array)


def test_short_floats_and_byte_order(tmp_path: Path) -> None:
    half = storage("0", "BFloat16", 2)
    codes = storage("0", "storage.Untyped", 4)
    value = mapping(
        half=tensor(half, (2,), (1,)), short=tensor(codes, (4,), (1,), dtype="float8_e4m3fn")
    )
    path = tmp_path / "x.pt"
    for order in ("little", "big"):
        raw = np.array([0x3F80, 0xC038], "<u2" if order == "little" else ">u2").tobytes()
        path.write_bytes(torch_zip(value, {"0": raw}, members={"byteorder": order.encode()}))
        assert load(f"{path}::half").tolist() == [1, -2.875]
        assert load(f"{path}::short")[2] == (1 if order == "little" else -2)


def test_views_of_one_storage(tmp_path: Path) -> None:
    raw = storage("0", "Float", 60)
    grid = RAW.reshape(3, 4, 5)
    views = {
        "transposed": (RAW.reshape(12, 5).T, tensor(raw, (5, 12), (1, 5))),
        "offset": (grid[1], tensor(raw, (4, 5), (5, 1), 20)),
        "column": (grid[:, :, 2], tensor(raw, (3, 4), (20, 5), 2)),
        "last": (grid[:, -1], tensor(raw, (3, 5), (20, 1), 15)),
        "permuted": (grid.transpose(2, 0, 1), tensor(raw, (5, 3, 4), (1, 20, 5))),
        "one": (RAW[:1].reshape(1, 1), tensor(raw, (1, 1), (7, 0))),
        "scalar": (RAW[3].reshape(()), tensor(raw, (), (), 3)),
    }
    path = written(tmp_path, mapping(**{name: value for name, (_, value) in views.items()}))
    for name, (expected, _) in views.items():
        assert same(load(f"{path}::{name}"), expected)


def test_dicts_lists_and_what_wraps_tensors(tmp_path: Path) -> None:
    x = tensor(storage("0", "Float", 60), (12, 5), (5, 1))
    parameter = call("torch._utils._rebuild_parameter", x, b"\x88", call("collections.OrderedDict"))
    args = x.removeprefix(b"ctorch._utils\n_rebuild_tensor_v2\n")[:-1]
    marked = call(
        "torch._tensor._rebuild_from_type_v2",
        b"ctorch._utils\n_rebuild_tensor_v2\n",
        b"ctorch\nTensor\n",
        args,
        b"}",
    )
    value = mapping(
        val=mapping(logits=x),
        outputs=b"](" + x + x + b"e",
        pair=x + x + b"\x86",
        parameter=parameter,
        marked=marked,
        state=call("collections.OrderedDict") + opcodes("w") + x + b"s" + mapping(_m=x) + b"b",
        shape=call("torch.Size", opcodes((2, 3))),
        labels=opcodes([2, 0]),
        rest=opcodes({"epoch": 3, "lr": 0.1, "note": "é", "none": None, 1: True}),
        device=call("torch.device", opcodes("cpu")),
        dtype=b"ctorch\nfloat32\n",
    )
    path = written(tmp_path, value)
    for key in ("val.logits", "outputs.1", "pair.0", "parameter", "marked", "state.w"):
        assert same(load(f"{path}::{key}"), RAW.reshape(12, 5))
    assert load(f"{path}::labels").tolist() == [2, 0]
    assert load(f"{path}::shape").tolist() == [2, 3]
    assert "found '3'" in refusal(f"{path}::rest.epoch")
    assert "an index from 0 to 1" in refusal(f"{path}::outputs.2")
    assert "choose one, e.g. ::0, or join them first" in refusal(f"{path}::outputs")
    assert "found None" in refusal(f"{path}::rest.none")
    written(tmp_path, b"](" + x + x + b"e")
    assert "found a list with the keys '0', '1'; choose one" in refusal(path)
    assert same(load(f"{path}::1"), RAW.reshape(12, 5))


def test_roles_are_found_by_name(tmp_path: Path) -> None:
    logits, labels = np.ones((2, 3)), np.array([0, 2])
    for name in ("x.pt", "pytorch_model.bin", "last.ckpt"):
        path = tmp_path / name
        path.write_bytes(torch_dict({"logits": logits, "labels": labels}))
        sources, notes = open_sources({"input": str(path)}, ROLES)
        assert same(sources["target"].read(0, 2), labels)
        assert "'labels'" in notes[0]


def test_rows_in_the_middle_cost_their_own_size(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    path.write_bytes(torch_dict({"x": np.ones((400_000, 10))}))
    tracemalloc.start()
    source = open_sources({"input": f"{path}::x"}, ONE)[0]["input"]
    assert source.read(100_000, 100_100).shape == (100, 10)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_checksums(tmp_path: Path) -> None:
    path = written(tmp_path, tensor(storage("0", "Float", 60), (60,), (1,)))
    data = path.read_bytes()
    at = data.index(RAW.tobytes())
    path.write_bytes(data[:at] + b"\x01" + data[at + 1 :])
    assert "the data are damaged" in refusal(path)
    with zipfile.ZipFile(tmp_path / "x.pt") as archive:
        for member in archive.infolist():
            data = data.replace(member.CRC.to_bytes(4, "little"), bytes(4))
    # PyTorch writes checksums of 0 where it was told not to compute them.
    path.write_bytes(data)
    assert same(load(path), RAW)
    written(
        tmp_path,
        tensor(storage("0", "Float", 60), (60,), (1,)),
        compression=zipfile.ZIP_DEFLATED,
    )
    assert same(load(path), RAW)


def test_tensors_that_are_not_in_the_file(tmp_path: Path) -> None:
    raw = storage("0", "Float", 60)

    def message(shape: Any, strides: Any, offset: Any = 0, reference: bytes = raw) -> str:
        return refusal(written(tmp_path, tensor(reference, shape, strides, offset)))

    assert "of shape (61,) exceeds its storage of 240 bytes" in message((61,), (1,))
    assert "exceeds its storage" in message((2,), (1,), 59)
    assert "exceeds its storage" in message((2, 2), (2**50, 1))
    assert "no valid strides" in message((2,), (-1,), 9)
    assert "no valid strides" in message((2,), (1,), -1)
    assert "no valid strides" in message((2,), (1.0,))
    assert "no valid strides" in message((2,), ())
    assert "overlap (an expanded view); save tensor.contiguous()" in message((3, 2), (0, 1))
    assert "overlap" in message((3, 3), (2, 1))
    assert "shape '(-1,)' is negative" in message((-1,), (1,))
    assert "not a tuple of integers" in message([2], (1,))
    assert "too large" in message((2**40, 2**40), (0, 0))
    assert "'x/data/9') are missing" in message((2,), (1,), 0, storage("9", "Float", 2))
    assert "'ComplexFloat'; save tensor.real" in message(
        (2,), (1,), 0, storage("0", "ComplexFloat", 2)
    )


def test_other_things_of_pytorch(tmp_path: Path) -> None:
    x = tensor(storage("0", "Float", 60), (12, 5), (5, 1))
    known = {
        "torch._utils._rebuild_sparse_tensor": "a sparse tensor; save tensor.to_dense()",
        "torch._utils._rebuild_qtensor": "a quantized tensor; save tensor.dequantize()",
        "torch._utils._rebuild_meta_tensor_no_storage": "on the meta device",
        "torch.nn.modules.linear.Linear": "would call torch.nn.modules.linear.Linear, which is "
        "never done; save tensors: outputs, or model.state_dict()",
        "os.system": "would call os.system, which is never done",
    }
    for name, says in known.items():
        assert says in refusal(written(tmp_path, call(name, x)))
    path = written(tmp_path, mapping(x=x, other=call("argparse.Namespace")))
    assert "would call argparse.Namespace" in refusal(f"{path}::x")
    path = written(tmp_path, x, members={"constants.pkl": b"."})
    assert "a TorchScript program" in refusal(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"")
    assert "was not written by torch.save" in refusal(path)
    with zipfile.ZipFile(path, "w"):
        pass
    assert "was not written by torch.save" in refusal(path)
    path.write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.")
    assert "before PyTorch 1.6; load it and save it again with torch.save" in refusal(path)
    path.write_bytes(b"\x80\x02]q\x00.")
    assert "found a pickle; rename it or type pickle:PATH" in refusal(path)
    whole = torch_zip(x, {"0": RAW.tobytes()})
    for size in range(1, len(whole)):
        path.write_bytes(whole[:size])
        refusal(path)
