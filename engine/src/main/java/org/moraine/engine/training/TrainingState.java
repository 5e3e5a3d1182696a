package org.moraine.engine.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.CheckpointFolder;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.checkpoint.RunInputs;
import org.moraine.engine.checkpoint.TrainingPoint;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.safetensors.SafetensorsWriter;
import org.moraine.engine.safetensors.TensorHeader;

/**
 * What changes from step to step: the adapter's matrices, the optimizer's two running means of each (32 bits, shaped as
 * the matrix), how far the training is, and what it has seen. It is saved into a checkpoint and restored from one, bit
 * by bit.
 */
final class TrainingState implements AutoCloseable {

    private static final String MATRICES = "matrices.safetensors";
    private static final String FIRST = "first_moments.safetensors";
    private static final String SECOND = "second_moments.safetensors";
    private static final String BEST = "best.safetensors";

    private final Adapter adapter;
    private final NDManager manager;
    private final List<NDArray> first;
    private final List<NDArray> second;
    private final List<History.Step> steps;
    private final List<History.Skipped> skipped;
    private final List<History.Evaluated> evaluations = new ArrayList<>();
    private final boolean keepsBest;
    private List<NDArray> bestMatrices = List.of();
    private History.@Nullable Evaluated best;
    private int sinceBest;
    private TrainingPoint point;

    /**
     * Begins, or goes on.
     *
     * @param keepsBest whether the matrices of the best evaluation are kept beside the newest
     * @param from where to go on, null for the beginning; its matrices are put into the adapter
     * @throws EngineException naming the checkpoint's tensor that is missing or has another shape
     */
    TrainingState(NDManager parent, Adapter adapter, boolean keepsBest, @Nullable Checkpoint from) {
        this.adapter = adapter;
        this.keepsBest = keepsBest;
        this.manager = parent.newSubManager();
        this.first = zeros();
        this.second = zeros();
        History history = from == null ? History.none() : from.history();
        this.steps = new ArrayList<>(history.steps());
        this.skipped = new ArrayList<>(history.skipped());
        this.point = from == null ? TrainingPoint.START : from.point();
        if (from != null) {
            restore(from.tensors(MATRICES), adapter.matrices());
            restore(from.tensors(FIRST), first);
            restore(from.tensors(SECOND), second);
            history.evaluations().forEach(this::count);
            if (keepsBest && best != null) {
                bestMatrices = zeros();
                restore(from.tensors(BEST), bestMatrices);
            }
        }
    }

    private List<NDArray> zeros() {
        return adapter.matrices().stream()
                .map(matrix -> manager.zeros(matrix.getShape(), DataType.FLOAT32, matrix.getDevice()))
                .toList();
    }

    private void restore(SafetensorsFile file, List<NDArray> arrays) {
        List<String> names = adapter.names();
        for (int i = 0; i < arrays.size(); i++) {
            String name = names.get(i);
            List<Long> shape = shape(arrays.get(i));
            List<Long> found = file.find(name).map(TensorHeader::shape).orElse(List.of());
            if (!found.equals(shape)) {
                throw new EngineException(
                        file.path() + ": tensor " + name + " has the shape " + found + ", not " + shape);
            }
            arrays.get(i).set(file.floats(name));
        }
    }

    /** Writes all of it; when this returns, the disk holds it. */
    Checkpoint save(CheckpointFolder folder, RunInputs inputs) {
        Map<String, List<SafetensorsWriter.Tensor>> files = new LinkedHashMap<>();
        files.put(MATRICES, tensors(adapter.matrices()));
        files.put(FIRST, tensors(first));
        files.put(SECOND, tensors(second));
        if (!bestMatrices.isEmpty()) {
            files.put(BEST, tensors(bestMatrices));
        }
        return folder.write(inputs, point, history(), files);
    }

    private List<SafetensorsWriter.Tensor> tensors(List<NDArray> arrays) {
        List<String> names = adapter.names();
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < arrays.size(); i++) {
            NDArray array = arrays.get(i);
            tensors.add(new SafetensorsWriter.Tensor(names.get(i), DType.F32, shape(array), array::toFloatArray));
        }
        return tensors;
    }

    private static List<Long> shape(NDArray array) {
        return Arrays.stream(array.getShape().getShape()).boxed().toList();
    }

    void stepped(History.Step step, long trainedTokens) {
        steps.add(step);
        point = point.stepped(trainedTokens);
    }

    void skipped(History.Skipped step) {
        skipped.add(step);
        point = point.skipped();
    }

    void evaluated(History.Evaluated evaluated) {
        count(evaluated);
        if (keepsBest && sinceBest == 0) {
            bestMatrices.forEach(NDArray::close);
            bestMatrices = adapter.matrices().stream()
                    .map(matrix -> {
                        NDArray copy = matrix.duplicate();
                        copy.attach(manager);
                        return copy;
                    })
                    .toList();
        }
    }

    private void count(History.Evaluated evaluated) {
        evaluations.add(evaluated);
        if (Double.isFinite(evaluated.loss()) && (best == null || evaluated.loss() < best.loss())) {
            best = evaluated;
            sinceBest = 0;
        } else {
            sinceBest++;
        }
    }

    /** Evaluations since the one with the lowest loss. */
    int sinceBest() {
        return sinceBest;
    }

    /** Puts the matrices of the best evaluation back into the adapter. */
    void takeBest() {
        for (int i = 0; i < bestMatrices.size(); i++) {
            adapter.matrices().get(i).set(bestMatrices.get(i).toFloatArray());
        }
    }

    TrainingPoint point() {
        return point;
    }

    /** The steps that made no update. */
    List<History.Skipped> skipped() {
        return Collections.unmodifiableList(skipped);
    }

    History history() {
        return new History(steps, skipped, evaluations);
    }

    /** Running means of the gradients. */
    List<NDArray> first() {
        return first;
    }

    /** Running means of the gradients' squares. */
    List<NDArray> second() {
        return second;
    }

    NDManager manager() {
        return manager;
    }

    @Override
    public void close() {
        manager.close();
    }
}
