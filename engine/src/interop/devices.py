"""Runs programs whose layers are spread over two devices where there is no second one: tensors only pretend to be on a
device, hold CPU tensors, and refuse every operation that mixes devices. What comes out must be, bit by bit, what comes
out with all of them on one pretended device. Takes the folder that SpreadPrograms wrote."""

import io
import json
import pathlib
import sys
import zipfile

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

aten = torch.ops.aten
TYPES = {"float32": torch.float32, "int8": torch.int8, "uint8": torch.uint8}


class Pretended(torch.Tensor):
    @staticmethod
    def __new__(cls, held, device):
        self = torch.Tensor._make_wrapper_subclass(
            cls, held.size(), strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            device=held.device, dispatch_device=True)
        self.held, self.on = held, device
        return self

    @classmethod
    def __torch_dispatch__(cls, function, types, arguments=(), named=None):
        return compute(function, arguments, named or {})


class Watched(TorchDispatchMode):
    """Sees what makes tensors of nothing, too."""

    moves = 0

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        return compute(function, arguments, named or {})


def compute(function, arguments, named):
    if function is torch.ops.prim.device.default:
        return arguments[0].on
    given = []
    tree_map(lambda x: given.append(x) if isinstance(x, torch.Tensor) else None, (arguments, named))
    # Any device takes a single number from the CPU; nothing else crosses without being copied.
    devices = {x.on if isinstance(x, Pretended) else x.device
               for x in given if isinstance(x, Pretended) or x.dim() > 0}
    wanted = named.get("device")
    if len(devices) > 1:
        raise RuntimeError(f"{function} mixes {sorted(map(str, devices))}")
    device = torch.device(wanted or (devices.pop() if devices else "cpu"))
    if function is aten._to_copy.default and wanted is not None and arguments[0].device != device:
        Watched.moves += 1
    known = {id(x.held): x for x in given if isinstance(x, Pretended)}
    bare = lambda x: x.held if isinstance(x, Pretended) else x
    named = tree_map(bare, dict(named, device="cpu") if wanted is not None else named)
    made = function(*tree_map(bare, arguments), **named)

    def dressed(x):
        if not isinstance(x, torch.Tensor) or device.type == "cpu":
            return x
        return known[id(x)] if id(x) in known else Pretended(x, device)

    return tree_map(dressed, made)


def program(text):
    source = ("class Decoder(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
              "  _is_full_backward_hook : Optional[bool]\n" + text)
    state = (b"X\x08\x00\x00\x00training\x89" b"X\x16\x00\x00\x00_is_full_backward_hookN")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("program/data.pkl", b"\x80\x02c__torch__\nDecoder\nq\x00)\x81}(" + state + b"ub.")
        archive.writestr("program/byteorder", "little")
        archive.writestr("program/code/__torch__.py", source)
        archive.writestr("program/constants.pkl", b"\x80\x02).")
        archive.writestr("program/version", "3\n")
    return torch.jit.load(io.BytesIO(packed.getvalue()))


def results(described, spread):
    """All that the program computes, with what it takes where it belongs or all of it on the first device."""
    random = torch.Generator().manual_seed(1)
    # The device type of no machine: its name is known, and autograd runs for it as for the CPU.
    on = lambda x, number=0: Pretended(x, torch.device("lazy", number if spread else 0))

    def made(tensor):
        shape, dtype = tensor["shape"], TYPES[tensor["type"]]
        values = (torch.randn(shape, generator=random) * 0.3 if dtype.is_floating_point
                  else torch.randint(0, 127, shape, generator=random).to(dtype))
        return on(values, tensor["device"])

    weights = [made(tensor) for tensor in described["weights"]]
    trained = [made(tensor) for tensor in described["trained"]]
    means = [[on(torch.zeros_like(x.held), x.on.index) for x in trained] for _ in range(2)]
    ids = [torch.randint(0, described["vocabulary"], (n,), generator=random) for n in (7, 11)]
    labels = [torch.where(x % 3 == 0, -1, x) for x in ids]
    ends = [torch.tensor([3, 7]), torch.tensor([4, 6, 11])]
    rows = [[on(x) for x in some] for some in (ids, labels, ends)]
    update = lambda number: on(torch.tensor([number, 0.01, 10, -1, 0.5, 0.1], dtype=torch.float64))
    model = program(described["text"])
    with Watched():
        out = model.loss_and_gradients(*rows, weights, trained, update(1))
        out += [model.step(*rows, weights, trained, *means, update(number)) for number in (1, 2)]
        out += trained
        out.append(model.logits(on(ids[0][:6].view(2, 3)), weights, trained))
        out.append(model.scores(rows[0][1], rows[1][1], rows[2][1], weights, trained))
        out.append(model.generate(rows[0][1], rows[2][1], weights, trained,
                                  on(torch.tensor([5, 0.0, 1.0, 3], dtype=torch.float64)), on(torch.tensor([-1]))))
    return [x.held for x in out]


torch._C._set_graph_executor_optimize(False)
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    described = json.loads(file.read_text())
    one, before = results(described, False), Watched.moves
    two = results(described, True)
    if before == Watched.moves:
        sys.exit(f"{file.stem}: nothing went from one device to the other")
    if not all(torch.equal(a, b) for a, b in zip(one, two, strict=True)):
        sys.exit(f"{file.stem}: two devices compute something else than one")
    print(f"{file.stem}: {len(two)} tensors as of one device, {Watched.moves - before} copies between two")
    Watched.moves = 0
