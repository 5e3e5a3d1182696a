package org.moraine.engine.adapter.mora;

/**
 * The program text of rotation: block i of the inputs meets M turned by the block's angles, B_i = M cos_i + M' sin_i
 * with M' = [M2, -M1] of M's halves (columns), which is the reference's M (R_i x) with the turn on the other side. To
 * turn M costs nothing beside turning every token, and all blocks are one batched product.
 *
 * @param blocks those that reach an output; the reference computes all and cuts the rest off
 */
record Rotation(int side, int blocks) {

    /** The line that makes v, (tokens x blocks side), of u, shaped alike, and the matrix. */
    String forward() {
        return turned() + "    v = torch.bmm(" + parted("u") + ", turned.transpose(1, 2)).transpose(0, 1).reshape([-1, "
                + length() + "])\n";
    }

    /**
     * The lines that add to du and make the gradient of M: dB_i = dv_i' u_i, taken through the angles' cosines and
     * sines.
     */
    String backward() {
        return turned() + "    db1, db2 = torch.chunk(torch.bmm(" + parted("dv") + ".transpose(1, 2), " + parted("u")
                + ").to(6), 2, -1)\n"
                + "    du.view([-1, " + blocks + ", " + side + "]).add_(torch.bmm(" + parted("dv")
                + ", turned).transpose(0, 1))\n"
                + "    grads = [torch.cat([torch.sum(db1 * c - db2 * s, [0]), torch.sum(db2 * c + db1 * s, [0])], -1)]\n";
    }

    int length() {
        return side * blocks;
    }

    /** The lines that make c and s, (blocks x 1 x side / 2), and the turned matrix, (blocks x side x side). */
    private String turned() {
        return """
                    theta = torch.reciprocal(torch.pow(10000., torch.arange(HALF, dtype=6, device=u.device) * STEP))
                    angle = torch.outer(torch.arange(BLOCKS, dtype=6, device=u.device), theta).unsqueeze(1)
                    c = torch.cos(angle)
                    s = torch.sin(angle)
                    m1, m2 = torch.chunk(a[k].to(6), 2, -1)
                    turned = torch.cat([m1 * c + m2 * s, m2 * c - m1 * s], -1).to(u.dtype)
                """.replace("HALF", Integer.toString(side / 2))
                .replace("STEP", Double.toString(2.0 / side))
                .replace("BLOCKS", Integer.toString(blocks));
    }

    private String parted(String x) {
        return x + ".view([-1, " + blocks + ", " + side + "]).transpose(0, 1)";
    }
}
