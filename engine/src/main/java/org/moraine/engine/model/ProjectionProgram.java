package org.moraine.engine.model;

import java.util.Optional;

/**
 * What an adapter adds to a projection, as program text: its forward pass and its way back, both written out, so that
 * neither makes a value that nobody reads. In all of it x is (tokens x in), with the tokens of a whole micro-batch in a
 * row, u is what {@link #preparation} makes of x, a are all matrices of the adapter in the type of x, and k is the
 * first of this projection in this layer.
 */
public interface ProjectionProgram {

    /** Trainable matrices of one layer's projection; the text finds them at {@code a[k]}, {@code a[k + 1]} and so on. */
    int parameters();

    /** The share of the adapter's inputs that is dropped in training, from 0 below 1. */
    double dropout();

    /** The lines that add the adapter's part to {@code y}, (tokens x out), in place. */
    String forward();

    /**
     * The lines that take {@code dy}, (tokens x out), back: they add to {@code du}, shaped as u, and to {@code dx},
     * (tokens x in), in place, and set {@code grads} to the gradients of this projection's matrices, 32 bits wide.
     */
    String backward();

    /** Whether {@link #backward} reads x; where it does not, x need not be kept for it. */
    boolean backwardReadsInput();

    /** What is made of the input first, where that depends on no matrix of the projection's own. */
    Optional<Preparation> preparation();

    /** The whole method {@code name(self, x, u, y, a, k)}; returns y. */
    default String forwardMethod(String className, String name) {
        return "  def " + name + "(self: __torch__." + className
                + ", x: Tensor, u: Tensor, y: Tensor, a: List[Tensor], k: int) -> Tensor:\n" + forward()
                + "    return y\n";
    }

    /** The whole method {@code name_back(self, dy, x, u, dx, du, a, k)}; returns the gradients. */
    default String backwardMethod(String className, String name) {
        return "  def " + name + "_back(self: __torch__." + className
                + ", dy: Tensor, x: Tensor, u: Tensor, dx: Tensor, du: Tensor, a: List[Tensor], k: int)"
                + " -> List[Tensor]:\n" + backward() + "    return grads\n";
    }

    /**
     * A step that projections of the same input share: made once for q, k and v, and once for gate and up, where they
     * ask for the same.
     *
     * @param name of the method; the same name means the same lines
     * @param columns of u
     * @param narrow whether they are so few that u is kept where all else of a layer is recomputed
     * @param forward the lines that make u of x
     * @param backward the lines that add to dx, in place, what du comes to
     */
    record Preparation(String name, int columns, boolean narrow, String forward, String backward) {

        /** The methods {@code name(self, x)}, which returns u, and {@code name_back(self, dx, du)}, which returns dx. */
        public String methods(String className) {
            return "  def " + name + "(self: __torch__." + className + ", x: Tensor) -> Tensor:\n" + forward
                    + "    return u\n  def " + name + "_back(self: __torch__." + className
                    + ", dx: Tensor, du: Tensor) -> Tensor:\n" + backward + "    return dx\n";
        }
    }
}
