package org.moraine.engine.adapter.mora;

/**
 * The program text of rotation: block i of the inputs meets M turned by the block's angles, B_i = M cos_i + M' sin_i
 * with M' = [M2, -M1] of M's halves (columns), which is the reference's M (R_i x) with the turn on the other side. To
 * turn M costs nothing beside turning every token. What one block of outputs reads is one product, and all blocks of
 * outputs are one batched product.
 *
 * @param blocks of outputs; the reference computes those that reach none too and cuts them off
 * @param rounds blocks of inputs that each of them reads: block p its own p, then p + blocks and so on; 1 in MoRA
 */
record Rotation(int side, int blocks, int rounds) {

    /** The line that makes v, (tokens x outputs), of u, (tokens x inputs), and the matrix. */
    String forward() {
        return turned() + "    v = torch.bmm(" + parted("u", rounds) + ", turned.transpose(1, 2)).transpose(0, 1)"
                + ".reshape([-1, " + outputs() + "])\n";
    }

    /**
     * The lines that add to du and make the gradient of M: dB_i = dv_p' u_i, taken through the angles' cosines and
     * sines.
     */
    String backward() {
        return turned()
                + """
                    db = torch.bmm(DV.transpose(1, 2), U).to(6).view([BLOCKS, SIDE, ROUNDS, SIDE])
                    db1, db2 = torch.chunk(db.permute([2, 0, 1, 3]).reshape([ROUNDS * BLOCKS, SIDE, SIDE]), 2, -1)
                    dt = torch.bmm(DV, turned).view([BLOCKS, -1, ROUNDS, SIDE])
                    du.view([-1, ROUNDS, BLOCKS, SIDE]).add_(dt.permute([1, 2, 0, 3]))
                    grads = [torch.cat([torch.sum(db1 * c - db2 * s, [0]), torch.sum(db2 * c + db1 * s, [0])], -1)]
                """.replace("DV", parted("dv", 1))
                        .replace("U)", parted("u", rounds) + ")")
                        .replace("BLOCKS", Integer.toString(blocks))
                        .replace("ROUNDS", Integer.toString(rounds))
                        .replace("SIDE", Integer.toString(side));
    }

    /** Columns of u. */
    int inputs() {
        return side * blocks * rounds;
    }

    /** Columns of v. */
    int outputs() {
        return side * blocks;
    }

    /**
     * The lines that make c and s, (inputs / side x 1 x side / 2), and the turned matrices, (blocks x side x rounds
     * side).
     */
    private String turned() {
        return """
                    theta = torch.reciprocal(torch.pow(10000., torch.arange(HALF, dtype=6, device=u.device) * STEP))
                    angle = torch.outer(torch.arange(ROUNDS * BLOCKS, dtype=6, device=u.device), theta).unsqueeze(1)
                    c = torch.cos(angle)
                    s = torch.sin(angle)
                    m1, m2 = torch.chunk(a[k].to(6), 2, -1)
                    turned = torch.cat([m1 * c + m2 * s, m2 * c - m1 * s], -1).to(u.dtype)
                    turned = turned.view([ROUNDS, BLOCKS, SIDE, SIDE]).permute([1, 2, 0, 3]).reshape([BLOCKS, SIDE, -1])
                """.replace("HALF", Integer.toString(side / 2))
                .replace("STEP", Double.toString(2.0 / side))
                .replace("BLOCKS", Integer.toString(blocks))
                .replace("ROUNDS", Integer.toString(rounds))
                .replace("SIDE", Integer.toString(side));
    }

    /** (blocks x tokens x count side) of a value of count x blocks x side columns. */
    private String parted(String x, int count) {
        return x + ".view([-1, " + count + ", " + blocks + ", " + side + "]).permute([2, 0, 1, 3]).reshape([" + blocks
                + ", -1, " + count * side + "])";
    }
}
