package org.moraine.engine.adapter.mora;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.moraine.contracts.Refused;
import org.moraine.engine.adapter.AdapterLayer;
import org.moraine.engine.adapter.LowRank;

/**
 * MoRA on one projection: y = W x + decompress(M compress(x)) with M of {@code side} x {@code side}, zero at first and
 * unscaled (arXiv 2405.12130, equations 2 and 3). The operators of each {@code mora_type} are those of the reference
 * implementation, so that files can be exchanged with it:
 *
 * <ul>
 *   <li>1: strided sums, tiled outputs; 2: sums of neighbours, interleaved outputs; 3: sums of neighbours, tiled
 *       outputs; 4: strided sums, interleaved outputs (sharing, equations 6 and 7);
 *   <li>6: each block of inputs turned by its own angles before the one matrix (rotation, equations 9 to 11).
 * </ul>
 *
 * Strided sums and rotation pad the inputs to whole blocks with the inputs' own head.
 *
 * <p>Where a layer has fewer outputs than inputs, type 6 never reads the blocks of inputs beyond those of the outputs.
 * {@link #COVERING}, which is Moraine's own, reads them: with m blocks of outputs, block p of them gets, beside what
 * type 6 gives it, what block p + m of the inputs gives, turned by that block's own angles, and so on in whole rounds of
 * m. Elsewhere it is type 6.
 *
 * @param type 1, 2, 3, 4, 6 or {@link #COVERING}
 * @param side R, see {@link #side}
 */
public record MoraLayer(int type, int out, int in, int side, double dropout) implements AdapterLayer {

    /** The type of the covering rotation, which has no number in the reference. */
    public static final int COVERING = 0;

    /**
     * Makes the layer for a rank.
     *
     * @throws Refused naming {@code rank} where the square does not fit the projection
     */
    public static MoraLayer of(int type, int out, int in, int rank, double dropout) {
        int side = side(type, out, in, rank);
        boolean wraps = type != 2 && type != 3;
        int most = wraps ? 2 * in : Math.max(in, out);
        if (side < 1 || side > most) {
            throw Refused.invalid(
                    "rank",
                    "rank " + rank + " gives a square of side " + side + " for a projection of " + out + " x " + in
                            + "; " + (type == COVERING ? "the covering rotation" : "mora_type " + type)
                            + " takes from 1 to " + most);
        }
        return new MoraLayer(type, out, in, side, dropout);
    }

    /**
     * The square's side: floor(sqrt((in + out) r) + 1/2), as the reference rounds it, even for rotation. It makes as
     * many parameters as LoRA's of rank r.
     */
    public static int side(int type, int out, int in, int rank) {
        int side = (int) (Math.sqrt((double) (in + out) * rank) + 0.5);
        return type == 6 || type == COVERING ? side - side % 2 : side;
    }

    @Override
    public List<List<Long>> shapes() {
        return List.of(List.of((long) side, (long) side));
    }

    @Override
    public List<float[]> initial(SplittableRandom random) {
        return List.of(new float[side * side]);
    }

    private boolean strided() {
        return type == 1 || type == 4;
    }

    private boolean turns() {
        return type == 6 || type == COVERING;
    }

    private boolean tiled() {
        return type == 1 || type == 3;
    }

    /** Blocks of {@code side} inputs, the last one filled up from the head. */
    private int blocks() {
        return (in + side - 1) / side;
    }

    private Rotation rotation() {
        int read = Math.min(blocks(), (out + side - 1) / side);
        return new Rotation(side, read, type == COVERING ? (blocks() + read - 1) / read : 1);
    }

    @Override
    public Optional<Preparation> preparation() {
        String kind = turns() ? "filled" + rotation().inputs() : strided() ? "strided" : "neighbours";
        String name = "mora_" + kind + "_" + in + "_" + side;
        Compression compression = turns()
                ? Compression.fill(in, rotation().inputs())
                : strided() ? Compression.strides(in, side) : Compression.neighbours(in, side);
        int columns = turns() ? rotation().inputs() : side;
        boolean narrow = !turns() && 2 * side <= in;
        return Optional.of(new Preparation(name, columns, narrow, compression.forward(), compression.backward()));
    }

    @Override
    public String forward() {
        return (turns() ? rotation().forward() : "    v = torch.linear(u, a[k])\n")
                + decompression().forward();
    }

    /** dM = dv' u and du = dv M, where dv is what dy comes to before decompression. */
    @Override
    public String backward() {
        return decompression().backward()
                + (turns()
                        ? rotation().backward()
                        : "    du.addmm_(dv, a[k])\n    grads = [torch.matmul(dv.t(), u).to(6)]\n");
    }

    @Override
    public boolean backwardReadsInput() {
        return false;
    }

    private Decompression decompression() {
        return tiled() || turns()
                ? Decompression.tiles(out, turns() ? rotation().outputs() : side)
                : Decompression.interleaving(out, side);
    }

    @Override
    public double[][] delta(List<float[]> matrices) {
        float[] m = matrices.get(0);
        return turns() ? rotationDelta(m) : sharingDelta(m);
    }

    /** Delta W[o, j] = sum of M[row(o), q] over the groups q that input j is counted in. */
    private double[][] sharingDelta(float[] m) {
        double[][] delta = new double[out][in];
        for (int o = 0; o < out; o++) {
            int row = row(o);
            for (int j = 0; j < in; j++) {
                delta[o][j] = m[row * side + group(j)];
                if (strided() && j < blocks() * side - in) {
                    delta[o][j] += m[row * side + (in + j) % side];
                }
            }
        }
        return delta;
    }

    /**
     * Sharing factors exactly: A = M compress, each of its columns the sum of M's columns that the input is counted
     * in, and B the map of ones and zeros that repeats rows.
     */
    @Override
    public Optional<LowRank> lowRank(List<float[]> matrices) {
        if (turns()) {
            return Optional.empty();
        }
        float[] m = matrices.get(0);
        float[] a = new float[side * in];
        for (int q = 0; q < side; q++) {
            for (int j = 0; j < in; j++) {
                a[q * in + j] = m[q * side + group(j)];
                if (strided() && j < blocks() * side - in) {
                    a[q * in + j] += m[q * side + (in + j) % side];
                }
            }
        }
        float[] b = new float[out * side];
        for (int o = 0; o < out; o++) {
            b[o * side + row(o)] = 1;
        }
        return Optional.of(new LowRank(side, a, b));
    }

    /** The row of M that output o repeats. */
    private int row(int o) {
        return tiled() ? o % side : interleavedRow(o);
    }

    private int interleavedRow(int o) {
        int few = out / side;
        int often = out - side * few;
        int boundary = often * (few + 1);
        return o < boundary ? o / (few + 1) : often + (o - boundary) / few;
    }

    private int group(int j) {
        if (strided()) {
            return j % side;
        }
        int small = in / side;
        int bigGroups = in - side * small;
        int boundary = bigGroups * (small + 1);
        return j < boundary ? j / (small + 1) : bigGroups + (j - boundary) / small;
    }

    /**
     * Output row o belongs to block (o mod L) / R, which sees the inputs of the block of its number, and with {@link
     * #COVERING} of every L / R-th block after it, through M and those blocks' rotations.
     */
    private double[][] rotationDelta(float[] m) {
        int half = side / 2;
        Rotation rotation = rotation();
        double[][] delta = new double[out][in];
        for (int o = 0; o < out; o++) {
            int place = o % rotation.outputs();
            int row = place % side;
            for (int round = 0; round < rotation.rounds(); round++) {
                int block = round * rotation.blocks() + place / side;
                for (int t = 0; t < half; t++) {
                    double angle = block * Math.pow(10000, -2.0 * t / side);
                    double cos = Math.cos(angle);
                    double sin = Math.sin(angle);
                    double left = m[row * side + t];
                    double right = m[row * side + t + half];
                    delta[o][(block * side + t) % in] += left * cos + right * sin;
                    delta[o][(block * side + t + half) % in] += right * cos - left * sin;
                }
            }
        }
        return delta;
    }
}
