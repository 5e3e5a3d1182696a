package org.moraine.jobs.validate;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.training.TrainingEstimate;
import org.moraine.jobs.Needs;

/**
 * What a job's training takes in each type that it may be computed in.
 *
 * @param fp32 null where the job asks for bfloat16
 * @param bf16 null where the job asks for float32
 * @param layers what the job asks for
 */
public record Effort(
        @Nullable TrainingEstimate fp32, @Nullable TrainingEstimate bf16, Layers layers) {

    /**
     * Estimates it.
     *
     * @param lengths tokens of each example of the training file
     * @throws org.moraine.contracts.Refused where the settings do not fit the data
     */
    static Effort of(JobSpec spec, ModelConfig config, int[] lengths) {
        Precision precision = spec.trainingSettings().precision();
        return new Effort(
                precision == Precision.BF16 ? null : estimate(spec, config, lengths, DType.F32),
                precision == Precision.FP32 ? null : estimate(spec, config, lengths, DType.BF16),
                spec.trainingSettings().layers());
    }

    private static TrainingEstimate estimate(JobSpec spec, ModelConfig config, int[] lengths, DType dtype) {
        return TrainingEstimate.ofLengths(config, spec.adapterSettings(), spec.trainingSettings(), lengths, dtype);
    }

    /** One of them; they differ in memory alone. */
    public TrainingEstimate any() {
        return Objects.requireNonNull(fp32 == null ? bf16 : fp32, "a job is computed in some type");
    }

    /** What a worker must have; layers are kept only where the job asks for it, since others can be made again. */
    public Needs needs() {
        return new Needs(bytes(fp32), bytes(bf16));
    }

    private @Nullable Long bytes(@Nullable TrainingEstimate estimate) {
        if (estimate == null) {
            return null;
        }
        return layers == Layers.KEPT ? estimate.keptBytes() : estimate.recomputedBytes();
    }
}
