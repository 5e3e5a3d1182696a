package org.moraine.engine.adapter.mora;

/**
 * The program text of one way to compress inputs: {@code forward} makes u, (tokens x side), of x, (tokens x in);
 * {@code backward} adds to dx, in place, what du comes to. Both leave out every value that is not needed: no padding is
 * written down, and the way back is additions into views.
 */
record Compression(String forward, String backward) {

    /** u[q] = sum of x[j] over j mod side = q, the last round filled up with x's own head. */
    static Compression strides(int in, int side) {
        int whole = in / side;
        int rest = in - whole * side;
        int wrapped = rest == 0 ? 0 : side - rest;
        if (whole == 0) {
            return new Compression(
                    "    u = torch.cat([x, " + columns("x", 0, wrapped) + "], 1)\n",
                    add(columns("dx", 0, in), columns("du", 0, in))
                            + add(columns("dx", 0, wrapped), columns("du", in, side)));
        }
        String forward = "    u = torch.sum(" + rounds("x", whole, side) + ", [1])\n";
        String backward = add(rounds("dx", whole, side), "du.unsqueeze(1)");
        if (rest > 0) {
            forward += add(columns("u", 0, rest), columns("x", whole * side, in))
                    + add(columns("u", rest, side), columns("x", 0, wrapped));
            backward += add(columns("dx", whole * side, in), columns("du", 0, rest))
                    + add(columns("dx", 0, wrapped), columns("du", rest, side));
        }
        return new Compression(forward, backward);
    }

    /** u[q] = sum over the q-th of {@code side} groups of neighbours, the first groups one larger than the others. */
    static Compression neighbours(int in, int side) {
        int small = in / side;
        int bigGroups = in - side * small;
        int boundary = bigGroups * (small + 1);
        StringBuilder forward = new StringBuilder("    parts = annotate(List[Tensor], [])\n");
        StringBuilder backward = new StringBuilder();
        if (bigGroups > 0) {
            String big = ", 0, " + boundary + ").view([-1, " + bigGroups + ", " + (small + 1) + "])";
            forward.append("    parts.append(torch.sum(torch.slice(x, 1" + big + ", [2]))\n");
            backward.append(add("torch.slice(dx, 1" + big, columns("du", 0, bigGroups) + ".unsqueeze(2)"));
        }
        if (small > 0) {
            String others = ", " + boundary + ", " + in + ").view([-1, " + (side - bigGroups) + ", " + small + "])";
            forward.append("    parts.append(torch.sum(torch.slice(x, 1" + others + ", [2]))\n");
            backward.append(add("torch.slice(dx, 1" + others, columns("du", bigGroups, side) + ".unsqueeze(2)"));
        } else {
            forward.append("    parts.append(torch.zeros([x.size(0), " + (side - bigGroups)
                    + "], dtype=x.dtype, device=x.device))\n");
        }
        return new Compression(forward.append("    u = torch.cat(parts, 1)\n").toString(), backward.toString());
    }

    /** u, (tokens x length): x cut off, or filled up with its own head. */
    static Compression fill(int in, int length) {
        if (length == in) {
            return new Compression("    u = x\n", "    dx.add_(du)\n");
        }
        return length > in
                ? new Compression(
                        "    u = torch.cat([x, " + columns("x", 0, length - in) + "], 1)\n",
                        add("dx", columns("du", 0, in)) + add(columns("dx", 0, length - in), columns("du", in, length)))
                : new Compression(
                        "    u = " + columns("x", 0, length) + ".contiguous()\n", add(columns("dx", 0, length), "du"));
    }

    /** A view of whole rounds, (tokens x rounds x side). */
    private static String rounds(String x, int whole, int side) {
        return columns(x, 0, whole * side) + ".view([-1, " + whole + ", " + side + "])";
    }

    static String columns(String x, int from, int to) {
        return "torch.slice(" + x + ", 1, " + from + ", " + to + ")";
    }

    static String add(String to, String what) {
        return "    " + to + ".add_(" + what + ")\n";
    }
}
