"""A CUDA device that is none: tensors that say they are on ``cuda:0``, hold their entries on the CPU, and keep to CUDA's rules.

What fails on a GPU for reasons that need no GPU fails here: operands on two devices, entries read on the host without a copy,
products of integers, products of bytes in a layout or of a size that cuBLAS does not take, sums with tf32 switched on. What it
shows is that the code keeps to those rules and computes right where they hold; not that it is fast, nor anything about kernels.

Rules of ``torch._int_mm``: aten/src/ATen/native/cuda/Blas.cpp, ``_int_mm_out_cuda`` (more than 16 rows, inner size and width
multiples of 8); cuBLAS library documentation, cublasLtMatmul, IMMA kernels (the "TN" format: a left factor by rows, a right one
by columns, which pytorch/pytorch issue 169956 shows failing otherwise; 16-byte rows for speed).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map, tree_map_only

DEVICE = torch.device("cuda", 0)
FACTORIES = ("zeros", "ones", "empty", "full", "eye", "arange", "tensor", "asarray")
MOVES = ("copy_", "_to_copy", "to", "__setitem__")  # which may have their source on another device
PRODUCTS = ("mm", "addmm", "addmm_", "bmm", "baddbmm", "baddbmm_", "matmul", "__matmul__", "_int_mm")
SCALARS = ("_local_scalar_dense", "item", "__bool__", "__float__", "__int__", "__index__")
DESCRIBED = ("__get__", "__repr__", "__format__")  # what the wrapper answers by itself


class SimulatedTensor(torch.Tensor):
    """A tensor on the simulated device; ``held`` has the entries."""

    held: torch.Tensor
    __module__ = "torch"  # where those who take tensors of several libraries look for functions

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> SimulatedTensor:
        return torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined, no-any-return]
            cls, held.size(), strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype, device=DEVICE
        )

    def __init__(self, held: torch.Tensor) -> None:
        self.held = held
        current().memory.hold(held)

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return current().computed(func, args, kwargs or {})


class Memory:
    """``peak`` is the largest number of bytes that tensors held at once."""

    def __init__(self) -> None:
        self.allocated = self.peak = 0
        self._storages: set[int] = set()

    def hold(self, held: torch.Tensor) -> None:
        """Count the bytes of a storage as long as it lives."""
        storage = held.untyped_storage()
        if storage._cdata not in self._storages:
            self._storages.add(storage._cdata)
            self.allocated += storage.nbytes()
            self.peak = max(self.peak, self.allocated)
            weakref.finalize(storage, self._free, storage._cdata, storage.nbytes())

    def _free(self, key: int, size: int) -> None:
        self._storages.discard(key)
        self.allocated -= size


class MemoryOfCPU(TorchDispatchMode):
    """What tensors on the CPU hold, as long as this lasts."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        for x in tree_leaves(found):
            if isinstance(x, torch.Tensor):
                self.memory.hold(x)
        return found


class SimulatedCUDA(TorchFunctionMode):
    """As long as it lasts there is a device ``cuda:0``.

    ``memory`` is that of its tensors; ``to_host`` and ``to_device`` count bytes that were moved, ``operations`` what was
    computed, by name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.to_host = self.to_device = 0
        self.on_their_way: list[tuple[torch.Tensor, torch.Tensor]] = []  # copies to the host that nothing has waited for
        self.operations: dict[str, int] = {}

    def __enter__(self) -> SimulatedCUDA:
        _stack.append(self)
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        _stack.pop()

    def computed(self, func: Any, args: Any, kwargs: Any) -> Any:
        """An operation on the device: by the CPU, after the rules."""
        name = func.overloadpacket.__name__ if isinstance(func, torch._ops.OpOverload) else func.__name__
        self.operations[name] = self.operations.get(name, 0) + 1
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        require_one_device(name, tensors)
        if name in MOVES and not all(isinstance(x, SimulatedTensor) for x in tensors):
            self.to_device += sum(x.nbytes for x in tensors if not isinstance(x, SimulatedTensor))
        if name in SCALARS:
            self.to_host += 8
        where = {key: (torch.device("cpu") if key == "device" else value) for key, value in kwargs.items()}
        plain, named = tree_map(_held, args), tree_map(_held, where)
        found = _product(func, name, plain, named) if name in PRODUCTS else func(*plain, **named)
        given = {id(_held(x)): x for x in tensors}  # what an operation in place returns
        return tree_map_only(torch.Tensor, lambda x: given[id(x)] if id(x) in given else SimulatedTensor(x), found)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, name = kwargs or {}, func.__name__
        if name in FACTORIES and _is_cuda(kwargs.get("device")):
            return SimulatedTensor(func(*args, **{**kwargs, "device": "cpu"}))
        if name in ("to", "cpu", "cuda"):
            return self._moved(args[0], name, args[1:], kwargs)
        if name == "pin_memory":
            return args[0]
        if name in ("numpy", "__array__", "tolist") and isinstance(args[0], SimulatedTensor):
            if name != "tolist":
                raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")
            self.to_host += args[0].nbytes
            return args[0].held.tolist()
        here = any(isinstance(x, SimulatedTensor) for x in tree_leaves((args, kwargs)))
        return self.computed(func, args, kwargs) if here and name not in DESCRIBED else func(*args, **kwargs)

    def _moved(self, x: torch.Tensor, name: str, args: Any, kwargs: Any) -> torch.Tensor:
        """x.to(...), with a copy wherever the device changes."""
        given = [*args, kwargs.get("device")] if name == "to" else [name]
        places = [each for each in given if isinstance(each, str | torch.device)]
        rest = [each for each in args if not isinstance(each, str | torch.device)]
        options = {key: value for key, value in kwargs.items() if key not in ("device", "non_blocking")}
        here = isinstance(x, SimulatedTensor)
        there = _is_cuda(places[0]) if places else here
        found = _held(x).to(*rest, **options)
        if here != there:
            found = found.clone() if found is _held(x) else found
            if here and kwargs.get("non_blocking"):
                self.on_their_way.append((found, found.clone()))
                found.fill_(77)
            self.to_host, self.to_device = self.to_host + found.nbytes * here, self.to_device + found.nbytes * there
        elif found is _held(x):
            return x
        return SimulatedTensor(found) if there else found


_stack: list[SimulatedCUDA] = []


def current() -> SimulatedCUDA:
    """The mode that is on."""
    return _stack[-1]


def peak_bytes(device: torch.device, given: torch.Tensor, run: Callable[[], object]) -> int:
    """What tensors hold on a device at most while something runs, beyond what they hold before, with a tensor that is given."""
    if device.type == "cuda" and not _stack:
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        run()
        return torch.cuda.max_memory_allocated(device) - before
    with nullcontext(_stack[-1]) if device.type == "cuda" else MemoryOfCPU() as mode:
        mode.memory.hold(_held(given))
        mode.memory.peak = before = mode.memory.allocated
        run()
        return mode.memory.peak - before


def require_one_device(name: str, tensors: list[torch.Tensor]) -> None:
    """All on the device, but for scalars, and what is copied."""
    if name in MOVES:
        return
    if any(not isinstance(x, SimulatedTensor) and x.dim() for x in tensors):
        raise RuntimeError(f"Expected all tensors to be on the same device, but found cpu and cuda:0 ({name})")


def _product(func: Any, name: str, args: Any, kwargs: Any) -> torch.Tensor:
    left, right = args[-2:] if name.startswith(("addmm", "baddbmm")) else args[:2]
    if name == "_int_mm":
        require_bytes_layout(left, right)
        return torch.mm(left.double(), right.double()).to(torch.int32)
    if not left.dtype.is_floating_point:
        raise RuntimeError(f'"addmm_cuda" not implemented for {left.dtype}')
    if "out_dtype" in kwargs:
        if left.dtype not in (torch.bfloat16, torch.float16) or kwargs["out_dtype"] != torch.float32:
            raise RuntimeError("out_dtype must be the same as input dtype or fp32 for fp16/bf16 inputs")
        return torch.mm(left.float(), right.float())
    if left.dtype == torch.float32 and torch.backends.cuda.matmul.fp32_precision == "tf32":
        args = [_tf32(x) if x is left or x is right else x for x in args]
    return func(*args, **kwargs)  # type: ignore[no-any-return]


def require_bytes_layout(left: torch.Tensor, right: torch.Tensor) -> None:
    """Raise RuntimeError where CUDA's product of bytes would refuse, or be slow."""
    (m, k), n = left.shape, right.shape[1]
    if not (m > 16 and k > 0 and k % 8 == 0 and n > 0 and n % 8 == 0):
        raise RuntimeError(f"_int_mm: {m} x {k} times {right.shape[0]} x {n}: more than 16 rows and multiples of 8 are needed")
    if left.stride(1) != 1 or right.stride(0) != 1:
        raise RuntimeError("CUDA error: CUBLAS_STATUS_NOT_SUPPORTED when calling cublasLtMatmul: not a TN format")
    if any(x % 16 for x in (left.stride(0), right.stride(1), left.storage_offset(), right.storage_offset())):
        raise RuntimeError("_int_mm: rows of the factors do not begin at multiples of 16 bytes")


def _tf32(x: torch.Tensor) -> torch.Tensor:
    """Rounded to 11 significant bits."""
    return ((x.view(torch.int32) + 0x1000) & ~0x1FFF).view(torch.float32)


def _held(x: Any) -> Any:
    return x.held if isinstance(x, SimulatedTensor) else x


def _is_cuda(device: Any) -> bool:
    return device is not None and torch.device(device).type == "cuda"


class Event:
    """torch.cuda.Event."""

    def __init__(self, **options: Any) -> None:
        self.before: list[tuple[torch.Tensor, torch.Tensor]] | None = None

    def record(self, stream: Any = None) -> None:
        self.before = list(current().on_their_way)

    def synchronize(self) -> None:
        """Copies to the host that began before it was recorded arrive."""
        assert self.before is not None, "an event was waited for that nothing recorded"
        for target, entries in self.before:
            target.copy_(entries)


def patch(monkeypatch: Any, memory: int = 80 * 2**30) -> None:
    """torch.cuda as a program sees it that has one device."""
    answers = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "get_device_name": lambda device=None: "simulated",
        "mem_get_info": lambda device=None: (memory, memory),
        "memory_reserved": lambda device=None: 0,
        "memory_allocated": lambda device=None: 0,
        "synchronize": lambda device=None: None,
        "current_stream": lambda device=None: None,
        "Event": Event,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(torch.cuda, name, answer)
