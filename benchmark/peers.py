# Part of the Mirage project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The programs of test/Programs as one writes them with PyTorch.

FORMS has, by the program's name without its batch, a dict of forms. `plain` is the
program op by op. `library`, where there is one, calls what PyTorch has for it; its
`layout` lays operands out ahead of time, and that is not timed.
"""

import typing

import torch
import torch.nn.functional as F


class Form(typing.NamedTuple):
    run: typing.Callable
    layout: typing.Callable = lambda *operands: operands


def norm(x):
    return F.rms_norm(x, x.shape[-1:], eps=1e-5)


def gated_mlp(x, w1, w2):
    return F.silu(x @ w1) * (x @ w2)


def gated_mlp_one_product(x, w):
    gate, up = (x @ w).chunk(2, -1)
    return F.silu(gate) * up


def wide_product(a, b):
    """f32 out of narrow operands, which PyTorch has on CUDA alone. In f16 the scores
    of attention would miss the tolerance."""
    return torch.bmm(a, b, out_dtype=torch.float32) if a.is_cuda else a.float() @ b.float()


def gqa(q, k, v):
    return torch.softmax(wide_product(q, k) * 0.125, -1).to(v.dtype) @ v


def gqa_unsafe(q, k, v):
    p = torch.exp(wide_product(q, k))
    return (p / p.sum(-1, keepdim=True)).to(v.dtype) @ v


def qknorm_gqa(q, kt, v):
    return gqa(norm(q), norm(kt).mT, v)


def lora(x, w, a, b):
    return x @ w + (x @ a) @ b


def lora_addmm(x, w, a, b):
    return torch.addmm(x @ w, x @ a, b)


def ntrans(h, x, alpha):
    return norm(x + alpha * (norm(h) - x))


def rmsnorm_matmul(x, w):
    return norm(x) @ w


def fused_attention(q, kt, v, scale=0.125):
    return F.scaled_dot_product_attention(q[None], kt[None], v[None], scale=scale)[0]


def fused_attention_unscaled(q, kt, v):
    return fused_attention(q, kt, v, 1.0)


def fused_qknorm_attention(q, kt, v):
    return fused_attention(norm(q), norm(kt), v)


def keys_row_by_row(q, k, v):
    return q, k.mT.contiguous(), v


FORMS = {
    "gated_mlp": {
        "plain": Form(gated_mlp),
        "library": Form(gated_mlp_one_product, lambda x, w1, w2: (x, torch.cat([w1, w2], 1))),
    },
    "gqa": {"plain": Form(gqa), "library": Form(fused_attention, keys_row_by_row)},
    "gqa_unsafe": {
        "plain": Form(gqa_unsafe),
        "library": Form(fused_attention_unscaled, keys_row_by_row),
    },
    "lora": {"plain": Form(lora), "library": Form(lora_addmm)},
    "ntrans": {"plain": Form(ntrans)},
    "qknorm_gqa": {"plain": Form(qknorm_gqa), "library": Form(fused_qknorm_attention)},
    "rmsnorm_matmul": {"plain": Form(rmsnorm_matmul)},
}
