package org.moraine.engine.model;

import java.util.Optional;

/** What an adapter puts in a projection's place: program text, and the matrices the text needs. */
public interface ProjectionProgram {

    /** Trainable matrices of one layer's projection; the text finds them at {@code a[k]}, {@code a[k + 1]} and so on. */
    int parameters();

    /**
     * A method {@code name(self, x, u, w, a, k, drop)}: x is (batch x tokens x in), u what {@link #preparation} makes
     * of x (x itself where there is none), w the frozen weight (out x in), a all matrices of the adapter in the type
     * of x, k the first of this projection in this layer, drop whether dropout acts; returns (batch x tokens x out).
     */
    String method(String className, String name);

    /** What is made of the input first, where it does not depend on the projection's own matrices or chance. */
    default Optional<Preparation> preparation() {
        return Optional.empty();
    }

    /**
     * A step that projections of the same input share: made once for q, k and v, and once for gate and up, where they
     * ask for the same.
     *
     * @param name of the method; the same name means the same body
     * @param body the method's indented text: from x, (batch x tokens x in), with b and t its first sizes, to u
     */
    record Preparation(String name, String body) {

        /** The whole method. */
        public String method(String className) {
            return "  def " + name + "(self: __torch__." + className + ", x: Tensor) -> Tensor:\n"
                    + "    b = x.size(0)\n    t = x.size(1)\n" + body + "    return u\n";
        }
    }

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
                + ", x: Tensor, u: Tensor, w: Tensor, a: List[Tensor], k: int, drop: bool) -> Tensor:\n";
    }
}
