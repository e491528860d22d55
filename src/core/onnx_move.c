/* onnx_move.c - the operators that arrange values anew, and those with which a graph works out its own shapes. */
#include <string.h>

#include "base/mem.h"
#include "core/onnx_infer.h"

/* Integers that older operators have as an attribute and newer ones as an input. -1: they are not known. */
static int list(const struct cr_onnx_step *s, const char *name, uint32_t i, int64_t to[CR_ONNX_RANK])
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, i);
    size_t n = cr_onnx_attribute(s->node, name, to, CR_ONNX_RANK);

    if (n || i >= s->node->n_in || !s->graph->link[s->node->in + i])
        return (int)n;
    if (!x || x->wholes < 0)
        return -1;
    memcpy(to, x->whole, sizeof(x->whole));
    return x->wholes;
}

/* An axis from behind is negative. False outside of [0, rank). */
static bool axis_of(int64_t *axis, int rank)
{
    if (*axis < 0)
        *axis += rank;
    return *axis >= 0 && *axis < rank;
}

bool cr_onnx_gather(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0), *i = cr_onnx_in(s, 1);
    int64_t axis = cr_onnx_number(s, "axis", 0);

    if (!x || !i || !axis_of(&axis, x->rank))
        return false;
    cr_onnx_start(out, x->type);
    for (int k = 0; k < x->rank + i->rank - 1; k++) {
        int at = k - (int)axis;

        if (!cr_onnx_push(out, at < 0 ? x->dim[k] : at < i->rank ? i->dim[at] : x->dim[k - i->rank + 1]))
            return false;
    }
    if (x->wholes >= 0 && i->wholes == 1) {
        int64_t one = i->whole[0];

        out->whole[0] = axis_of(&one, x->wholes) ? x->whole[one] : 0;
        out->wholes = axis_of(&one, x->wholes) ? 1 : -1;
    }
    return true;
}

bool cr_onnx_transpose(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);
    int64_t perm[CR_ONNX_RANK];
    size_t n = cr_onnx_attribute(s->node, "perm", perm, CR_ONNX_RANK);

    if (!x || (n && n != (size_t)x->rank))
        return false;
    cr_onnx_start(out, x->type);
    for (int i = 0; i < x->rank; i++) {
        int64_t from = n ? perm[i] : x->rank - 1 - i;

        if (!axis_of(&from, x->rank) || !cr_onnx_push(out, x->dim[from]))
            return false;
    }
    return true;
}

/* 0 keeps a dimension, -1 takes what is left. */
bool cr_onnx_reshape(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);
    int64_t to[CR_ONNX_RANK], all = 1, others = 1;
    int n = list(s, "shape", 1, to), rest = -1;

    if (!x || n < 0)
        return false;
    cr_onnx_start(out, x->type);
    for (int i = 0; i < x->rank; i++)
        all = cr_onnx_times(all, x->dim[i]);
    for (int i = 0; i < n; i++) {
        int64_t dim = i < x->rank && to[i] == 0 ? x->dim[i] : to[i];

        rest = dim == -1 ? i : rest;
        others = dim == -1 ? others : cr_onnx_times(others, dim);
        if (!cr_onnx_push(out, dim == -1 ? 1 : dim))
            return false;
    }
    if (rest >= 0)
        out->dim[rest] = others > 0 ? all / others : 0;
    if (x->wholes >= 0) {
        out->wholes = x->wholes;
        memcpy(out->whole, x->whole, sizeof(x->whole));
    }
    return true;
}

bool cr_onnx_flatten(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);
    int64_t axis = cr_onnx_number(s, "axis", 1), part[2] = {1, 1};

    if (!x || axis < -x->rank || axis > x->rank)
        return false;
    cr_onnx_start(out, x->type);
    axis += axis < 0 ? x->rank : 0;
    for (int i = 0; i < x->rank; i++)
        part[i >= axis] = cr_onnx_times(part[i >= axis], x->dim[i]);
    return cr_onnx_push(out, part[0]) && cr_onnx_push(out, part[1]);
}

/* Whether `axis` is one of those named, from before or behind. */
static bool among(int64_t axis, const int64_t *axes, int n, int rank)
{
    for (int i = 0; i < n; i++)
        if (axes[i] == axis || axes[i] == axis - rank)
            return true;
    return false;
}

bool cr_onnx_unsqueeze(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);
    int64_t axes[CR_ONNX_RANK];
    int n = list(s, "axes", 1, axes), from = 0;

    if (!x || n < 0 || x->rank + n > CR_ONNX_RANK)
        return false;
    *out = *x;
    out->rank = 0;
    for (int i = 0; i < x->rank + n; i++)
        if (!cr_onnx_push(out, among(i, axes, n, x->rank + n) ? 1 : from < x->rank ? x->dim[from++] : 1))
            return false;
    return true;
}

bool cr_onnx_squeeze(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);
    int64_t axes[CR_ONNX_RANK];
    int n = list(s, "axes", 1, axes);

    if (!x || n < 0)
        return false;
    *out = *x;
    out->rank = 0;
    for (int i = 0; i < x->rank; i++) {
        bool gone = n ? among(i, axes, n, x->rank) : x->dim[i] == 1;

        if (gone ? x->dim[i] != 1 : !cr_onnx_push(out, x->dim[i]))
            return false;
    }
    return true;
}

bool cr_onnx_concat(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    int64_t axis = cr_onnx_number(s, "axis", 0);

    if (!cr_onnx_in(s, 0) || !axis_of(&axis, cr_onnx_in(s, 0)->rank))
        return false;
    *out = *cr_onnx_in(s, 0);
    out->dim[axis] = 0;
    out->wholes = 0;
    for (uint32_t i = 0; i < s->node->n_in; i++) {
        const struct cr_onnx_shape *x = cr_onnx_in(s, i);

        if (!x || x->rank != out->rank || __builtin_add_overflow(out->dim[axis], x->dim[axis], &out->dim[axis]))
            return false;
        if (out->wholes < 0 || x->wholes < 0 || out->wholes + x->wholes > CR_ONNX_RANK) {
            out->wholes = -1;
            continue;
        }
        memcpy(out->whole + out->wholes, x->whole, (size_t)x->wholes * sizeof(*x->whole));
        out->wholes += x->wholes;
    }
    return true;
}

bool cr_onnx_shape_of(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);

    if (!x)
        return false;
    cr_onnx_start(out, CR_ONNX_INT64);
    out->wholes = x->rank;
    memcpy(out->whole, x->dim, sizeof(x->dim));
    return cr_onnx_push(out, x->rank);
}

/* Expand, ConstantOfShape: the integers that go in are the shape that comes out. */
bool cr_onnx_fill(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    bool expand = cr_onnx_is(s->node, "Expand");
    const struct cr_onnx_shape *x = expand ? cr_onnx_in(s, 0) : NULL, *to = cr_onnx_in(s, expand ? 1 : 0);

    if (!to || to->wholes < 0 || (expand && !x))
        return false;
    cr_onnx_start(out, expand ? x->type : out->type);
    for (int i = 0; i < to->wholes; i++)
        if (!cr_onnx_push(out, to->whole[i]))
            return false;
    return !expand || cr_onnx_stretch(out, x);
}

bool cr_onnx_range(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *from = cr_onnx_in(s, 0), *to = cr_onnx_in(s, 1), *by = cr_onnx_in(s, 2);
    int64_t span;

    if (!from || !to || !by || from->wholes != 1 || to->wholes != 1 || by->wholes != 1 || by->whole[0] <= 0 ||
        __builtin_sub_overflow(to->whole[0], from->whole[0], &span))
        return false;
    cr_onnx_start(out, from->type);
    return cr_onnx_push(out, span <= 0 ? 0 : (span - 1) / by->whole[0] + 1);
}

bool cr_onnx_split(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);
    int64_t axis = cr_onnx_number(s, "axis", 0), parts[CR_ONNX_RANK];
    int n = list(s, "split", 1, parts);

    if (!x || !axis_of(&axis, x->rank) || n < 0)
        return false;
    *out = *x;
    out->wholes = -1;
    if (!n)
        out->dim[axis] = x->dim[axis] / s->node->n_out + (x->dim[axis] % s->node->n_out > 0);
    else if ((uint32_t)n > s->output && parts[s->output] >= 0)
        out->dim[axis] = parts[s->output];
    return true;
}

static int64_t clamp(int64_t n, int64_t low, int64_t high)
{
    return n < low ? low : n > high ? high : n;
}

/* Of each axis what lies between start and end, every step-th. */
bool cr_onnx_slice(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);
    int64_t from[CR_ONNX_RANK], to[CR_ONNX_RANK], axes[CR_ONNX_RANK], by[CR_ONNX_RANK];
    int n = list(s, "starts", 1, from), ends = list(s, "ends", 2, to), named = list(s, "axes", 3, axes),
        steps = list(s, "steps", 4, by);

    if (!x || n < 1 || ends != n || named < 0 || steps < 0)
        return false;
    *out = *x;
    out->wholes = -1;
    for (int i = 0; i < n; i++) {
        int64_t axis = i < named ? axes[i] : i, dim, first, last, step = i < steps ? by[i] : 1;

        if (!axis_of(&axis, x->rank) || step < 1)
            return false;
        dim = x->dim[axis];
        first = clamp(from[i] < 0 ? from[i] + dim : from[i], 0, dim);
        last = clamp(to[i] < 0 ? to[i] + dim : to[i], first, dim);
        out->dim[axis] = last == first ? 0 : (last - first - 1) / step + 1;
        if (x->wholes == dim && n == 1 && step == 1 && x->rank == 1) {
            out->wholes = (int)(last - first);
            memmove(out->whole, x->whole + first, (size_t)(last - first) * sizeof(*x->whole));
        }
    }
    return true;
}

/* Reduce..., ArgMax: the named axes, or all, become 1 or go. */
bool cr_onnx_reduce(const struct cr_onnx_step *s, struct cr_onnx_shape *out)
{
    const struct cr_onnx_shape *x = cr_onnx_in(s, 0);
    bool arg = cr_onnx_is(s->node, "ArgMax") || cr_onnx_is(s->node, "ArgMin");
    int64_t axes[CR_ONNX_RANK] = {cr_onnx_number(s, "axis", 0)};
    int n = arg ? 1 : list(s, "axes", 1, axes);

    if (!x || n < 0)
        return false;
    cr_onnx_start(out, arg ? CR_ONNX_INT64 : x->type);
    for (int i = 0; i < x->rank; i++) {
        bool gone = !n || among(i, axes, n, x->rank);

        if ((!gone || cr_onnx_number(s, "keepdims", 1)) && !cr_onnx_push(out, gone ? 1 : x->dim[i]))
            return false;
    }
    return true;
}
