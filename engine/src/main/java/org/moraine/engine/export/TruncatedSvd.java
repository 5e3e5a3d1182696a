package org.moraine.engine.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.SplittableRandom;
import org.moraine.engine.adapter.LowRank;
import org.moraine.engine.torchscript.ScriptProgram;

/**
 * The product of a small rank that is nearest to a matrix: its largest singular values, found in the range of the
 * matrix on random directions, refined by powers (arXiv 0909.4061, algorithms 4.4 and 5.1). Where rank and extra
 * directions span the matrix's smaller side it is exact.
 */
final class TruncatedSvd implements AutoCloseable {

    private static final int EXTRA = 16;

    /** d (out x in), o (in x directions), n the rank: b, a, and the norms of what is left out and of d. */
    private static final String TEXT = """
              def forward(self: __torch__.Svd, d: Tensor, o: Tensor, n: Tensor) -> List[Tensor]:
                rank = int(n.item())
                q, r = torch.linalg_qr(torch.matmul(d, o))
                for i in range(2):
                  q, r = torch.linalg_qr(torch.matmul(d.t(), q))
                  q, r = torch.linalg_qr(torch.matmul(d, q))
                u, s, v = torch.linalg_svd(torch.matmul(q.t(), d), False)
                root = torch.sqrt(torch.slice(s, 0, 0, rank))
                b = torch.matmul(q, torch.slice(u, 1, 0, rank)) * root
                a = torch.slice(v, 0, 0, rank) * root.unsqueeze(1)
                lost = torch.linalg_vector_norm(d - torch.matmul(b, a))
                return [b.to(6), a.to(6), torch.stack([lost, torch.linalg_vector_norm(d)])]
            """;

    private final NDManager owner;
    private final ScriptProgram program;

    /**
     * Compiles the program.
     *
     * @param owner of the memory that is used meanwhile
     */
    TruncatedSvd(NDManager owner) {
        this.owner = owner;
        this.program = ScriptProgram.of("Svd", TEXT, owner.getDevice());
    }

    /** A matrix cut to a rank; Frobenius norms of what was left out and of the matrix. */
    record Cut(LowRank factors, double lost, double whole) {}

    /**
     * Cuts.
     *
     * @param matrix rows of equal length
     */
    Cut cut(double[][] matrix, int rank) {
        int out = matrix.length;
        int in = matrix[0].length;
        int directions = Math.min(rank + EXTRA, Math.min(out, in));
        SplittableRandom random = new SplittableRandom(0);
        double[] sketch =
                random.doubles((long) in * directions).map(x -> 2 * x - 1).toArray();
        double[] flat = new double[out * in];
        for (int o = 0; o < out; o++) {
            System.arraycopy(matrix[o], 0, flat, o * in, in);
        }
        try (NDManager scope = owner.newSubManager()) {
            NDArray d = scope.create(flat, new Shape(out, in));
            NDList made =
                    program.call("forward", d, scope.create(sketch, new Shape(in, directions)), scope.create(rank));
            int found = (int) made.get(1).getShape().get(0);
            double[] norms = made.get(2).toDoubleArray();
            LowRank factors =
                    new LowRank(found, made.get(1).toFloatArray(), made.get(0).toFloatArray());
            return new Cut(factors.padded(rank), norms[0], norms[1]);
        }
    }

    @Override
    public void close() {
        program.close();
    }
}
