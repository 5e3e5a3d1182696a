package org.moraine.engine.adapter.lora;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.moraine.contracts.Refused;
import org.moraine.engine.adapter.AdapterLayer;
import org.moraine.engine.adapter.LowRank;

/**
 * LoRA on one projection: y = W x + B A x s, A (r x in) Kaiming-uniform and B (out x r) zero at first, as PEFT
 * has them.
 *
 * @param scaling s: alpha / r, or alpha / sqrt(r) for rsLoRA
 */
public record LoraLayer(int out, int in, int rank, double scaling, double dropout) implements AdapterLayer {

    /** A rank above the smaller side adds nothing; files padded to one rank for all layers have it. */
    @Override
    public void requireUseful() {
        if (rank > Math.min(out, in)) {
            throw Refused.invalid(
                    "rank",
                    "rank " + rank + " does not fit a projection of " + out + " x " + in + "; LoRA takes from 1 to "
                            + Math.min(out, in));
        }
    }

    @Override
    public List<List<Long>> shapes() {
        return List.of(List.of((long) rank, (long) in), List.of((long) out, (long) rank));
    }

    /** kaiming_uniform with a = sqrt(5) is uniform in +-1 / sqrt(in). */
    @Override
    public List<float[]> initial(SplittableRandom random) {
        double bound = 1 / Math.sqrt(in);
        float[] a = new float[rank * in];
        for (int i = 0; i < a.length; i++) {
            a[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        return List.of(a, new float[out * rank]);
    }

    @Override
    public String forward() {
        return "    y.addmm_(torch.linear(x, a[k]), a[k + 1].t(), beta=1, alpha=" + scaling + ")\n";
    }

    @Override
    public String backward() {
        return "    dz = torch.mul_(torch.matmul(dy, a[k + 1]), " + scaling + ")\n"
                + "    dx.addmm_(dz, a[k])\n"
                + "    db = torch.mul_(torch.matmul(dy.t(), torch.linear(x, a[k])).to(6), " + scaling + ")\n"
                + "    grads = [torch.matmul(dz.t(), x).to(6), db]\n";
    }

    @Override
    public boolean backwardReadsInput() {
        return true;
    }

    @Override
    public Optional<Preparation> preparation() {
        return Optional.empty();
    }

    @Override
    public double[][] delta(List<float[]> matrices) {
        float[] a = matrices.get(0);
        float[] b = matrices.get(1);
        double[][] delta = new double[out][in];
        for (int o = 0; o < out; o++) {
            for (int r = 0; r < rank; r++) {
                double factor = b[o * rank + r] * scaling;
                for (int j = 0; j < in; j++) {
                    delta[o][j] += factor * a[r * in + j];
                }
            }
        }
        return delta;
    }

    @Override
    public Optional<LowRank> lowRank(List<float[]> matrices) {
        float[] scaled = matrices.get(1).clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (scaled[i] * scaling);
        }
        return Optional.of(new LowRank(rank, matrices.get(0), scaled));
    }
}
