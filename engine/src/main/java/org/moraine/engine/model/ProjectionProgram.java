package org.moraine.engine.model;

/** What an adapter puts in a projection's place: program text, and the matrices the text needs. */
public interface ProjectionProgram {

    /** Trainable matrices of one layer's projection; the text finds them at {@code a[k]}, {@code a[k + 1]} and so on. */
    int parameters();

    /**
     * A method {@code name(self, x, w, a, k, drop)}: x is (batch x tokens x in), w the frozen weight (out x in), a all
     * matrices of the adapter in the type of x, k the first of this projection in this layer, drop whether dropout
     * acts; returns (batch x tokens x out).
     */
    String method(String className, String name);

    /** A projection without an adapter. */
    static ProjectionProgram plain() {
        return new ProjectionProgram() {
            @Override
            public int parameters() {
                return 0;
            }

            @Override
            public String method(String className, String name) {
                return signature(className, name) + "    return torch.linear(x, w)\n";
            }
        };
    }

    /** The first line of {@link #method}. */
    static String signature(String className, String name) {
        return "  def " + name + "(self: __torch__." + className
                + ", x: Tensor, w: Tensor, a: List[Tensor], k: int, drop: bool) -> Tensor:\n";
    }
}
