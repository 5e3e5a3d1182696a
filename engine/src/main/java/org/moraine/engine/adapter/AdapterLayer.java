package org.moraine.engine.adapter;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.moraine.engine.model.ProjectionProgram;

/** A method on one projection of one shape: its mathematics as program text, and once more in plain Java. */
public interface AdapterLayer extends ProjectionProgram {

    /**
     * Refuses to train what can be computed but makes no sense.
     *
     * @throws org.moraine.contracts.Refused naming the field
     */
    default void requireUseful() {}

    /** Rows and columns of each trainable matrix. */
    List<List<Long>> shapes();

    /** The matrices' first values, row-major: the adapter changes nothing at the start. */
    List<float[]> initial(SplittableRandom random);

    /**
     * The change of the weight that the adapter stands for, out x in, row-major, computed element by element from the
     * definition: slow, and the measure that the program text is held against.
     *
     * @param matrices the trainable matrices, row-major
     */
    double[][] delta(List<float[]> matrices);

    /** The same change as two thin matrices, exactly; empty where it has no such form. */
    Optional<LowRank> lowRank(List<float[]> matrices);

    /** Numbers in all of them. */
    default long elements() {
        return shapes().stream()
                .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
                .sum();
    }

    @Override
    default int parameters() {
        return shapes().size();
    }
}
