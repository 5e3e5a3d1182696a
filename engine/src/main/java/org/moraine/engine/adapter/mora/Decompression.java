package org.moraine.engine.adapter.mora;

import static org.moraine.engine.adapter.mora.Compression.add;
import static org.moraine.engine.adapter.mora.Compression.columns;

/**
 * The program text of one way to decompress: {@code forward} adds v, (tokens x length), to y, (tokens x out), in place;
 * {@code backward} makes dv of dy.
 */
record Decompression(String forward, String backward) {

    /** y[o] += v[o mod length]: v again and again, the last time cut off. */
    static Decompression tiles(int out, int length) {
        int whole = out / length;
        int rest = out - whole * length;
        String tiles = ", 1, 0, " + whole * length + ").view([-1, " + whole + ", " + length + "])";
        StringBuilder forward = new StringBuilder();
        StringBuilder backward = new StringBuilder();
        if (whole == 0) {
            backward.append("    dv = torch.constant_pad_nd(dy, [0, " + (length - out) + "])\n");
            return new Decompression(add("y", columns("v", 0, out)), backward.toString());
        }
        forward.append(whole == 1 ? add(columns("y", 0, length), "v") : add("torch.slice(y" + tiles, "v.unsqueeze(1)"));
        backward.append("    dv = ");
        if (whole > 1) {
            backward.append("torch.sum(torch.slice(dy" + tiles + ", [1])\n");
        } else {
            backward.append(rest == 0 ? "dy\n" : columns("dy", 0, length) + ".clone()\n");
        }
        if (rest > 0) {
            forward.append(add(columns("y", whole * length, out), columns("v", 0, rest)));
            backward.append(add(columns("dv", 0, rest), columns("dy", whole * length, out)));
        }
        return new Decompression(forward.toString(), backward.toString());
    }

    /** Each entry of v in a row, out / side times or, for the first entries, once more. */
    static Decompression interleaving(int out, int side) {
        int few = out / side;
        int often = out - side * few;
        int boundary = often * (few + 1);
        StringBuilder forward = new StringBuilder();
        StringBuilder backward = new StringBuilder("    parts = annotate(List[Tensor], [])\n");
        if (often > 0) {
            String repeated = ", 1, 0, " + boundary + ").view([-1, " + often + ", " + (few + 1) + "])";
            forward.append(add("torch.slice(y" + repeated, columns("v", 0, often) + ".unsqueeze(2)"));
            backward.append("    parts.append(torch.sum(torch.slice(dy" + repeated + ", [2]))\n");
        }
        if (few > 0) {
            String others = ", 1, " + boundary + ", " + out + ").view([-1, " + (side - often) + ", " + few + "])";
            forward.append(add("torch.slice(y" + others, columns("v", often, side) + ".unsqueeze(2)"));
            backward.append("    parts.append(torch.sum(torch.slice(dy" + others + ", [2]))\n");
        } else {
            backward.append("    parts.append(torch.zeros([dy.size(0), " + (side - often)
                    + "], dtype=dy.dtype, device=dy.device))\n");
        }
        return new Decompression(
                forward.toString(),
                backward.append("    dv = torch.cat(parts, 1)\n").toString());
    }
}
