package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything a training depends on beside the base model, the data and the {@link AdapterSettings}.
 *
 * @param epochs passes over the data; not read where {@code steps} is set
 * @param steps optimizer updates, null where {@code epochs} decides
 * @param batchSize examples in one optimizer update
 * @param microBatch examples that pass through the model at once, null for the whole batch
 * @param maxTokens examples are cut after this many tokens
 * @param learningRate the schedule's peak
 * @param clipNorm the largest global norm of the gradients
 * @param seed decides initial weights, order of the data and dropout
 * @param quantise how the base model's frozen matrices are held; as they are where JSON says nothing
 * @param skips how many steps may have numbers that are not finite; the defaults where JSON says nothing
 * @param evaluation how it is measured while it runs; the defaults where JSON says nothing
 * @param auto what is left to rules that look at model, method and data; what stands in its place here is not read
 */
public record TrainingSettings(
        int epochs,
        @Nullable Integer steps,
        @JsonProperty("batch_size") int batchSize,
        @JsonProperty("micro_batch") @Nullable Integer microBatch,
        @JsonProperty("max_tokens") int maxTokens,
        @JsonProperty("learning_rate") double learningRate,
        Schedule schedule,
        @JsonProperty("weight_decay") double weightDecay,
        @JsonProperty("clip_norm") double clipNorm,
        long seed,
        Precision precision,
        Layers layers,
        Quantisation quantise,
        SkipLimit skips,
        EvaluationSettings evaluation,
        Set<Auto> auto) {

    /** What rules can choose once the data is known. */
    public enum Auto {
        @JsonProperty("n_epochs")
        EPOCHS,
        @JsonProperty("batch_size")
        BATCH_SIZE,
        @JsonProperty("learning_rate")
        LEARNING_RATE
    }

    /** The type in which the base model's products are computed; what is trained always stays 32 bits wide. */
    public enum Precision {
        /** Bfloat16 where the device is measured to be faster with it, else float32. */
        @JsonProperty("auto")
        AUTO,
        @JsonProperty("fp32")
        FP32,
        @JsonProperty("bf16")
        BF16
    }

    /** Whether a layer's inner values are kept for the backward pass or computed again. */
    public enum Layers {
        /** Kept where the estimate of memory fits the machine, else recomputed. */
        @JsonProperty("auto")
        AUTO,
        @JsonProperty("kept")
        KEPT,
        @JsonProperty("recomputed")
        RECOMPUTED
    }

    @JsonCreator
    public TrainingSettings {
        requireWithin("n_epochs", epochs, 1, 1000);
        if (steps != null) {
            requireWithin("steps", steps, 1, 10_000_000);
        }
        requireWithin("batch_size", batchSize, 1, 4096);
        if (microBatch != null) {
            requireWithin("micro_batch", microBatch, 1, batchSize);
        }
        requireWithin("max_tokens", maxTokens, 2, 1 << 20);
        if (!(learningRate > 0 && learningRate <= 10)) {
            throw Refused.invalid("learning_rate", "learning_rate is above 0 and at most 10, not " + learningRate);
        }
        if (!(weightDecay >= 0 && weightDecay <= 10)) {
            throw Refused.invalid("weight_decay", "weight_decay is from 0 to 10, not " + weightDecay);
        }
        if (!(clipNorm > 0)) {
            throw Refused.invalid("clip_norm", "clip_norm is above 0, not " + clipNorm);
        }
        quantise = Objects.requireNonNullElse(quantise, Quantisation.NONE);
        skips = Objects.requireNonNullElseGet(skips, SkipLimit::defaults);
        evaluation = Objects.requireNonNullElseGet(evaluation, EvaluationSettings::defaults);
        auto = auto == null || auto.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(auto));
    }

    /** With the default of everything else. */
    public TrainingSettings(
            int epochs,
            @Nullable Integer steps,
            int batchSize,
            @Nullable Integer microBatch,
            int maxTokens,
            double learningRate,
            Schedule schedule,
            double weightDecay,
            double clipNorm,
            long seed,
            Precision precision,
            Layers layers) {
        this(
                epochs,
                steps,
                batchSize,
                microBatch,
                maxTokens,
                learningRate,
                schedule,
                weightDecay,
                clipNorm,
                seed,
                precision,
                layers,
                Quantisation.NONE,
                SkipLimit.defaults(),
                EvaluationSettings.defaults(),
                Set.of());
    }

    /** These settings with nothing left open. */
    public TrainingSettings with(int chosenEpochs, int chosenBatchSize, double chosenLearningRate) {
        Integer most = microBatch == null ? null : Integer.valueOf(Math.min(microBatch, chosenBatchSize));
        return with(chosenEpochs, chosenBatchSize, most, chosenLearningRate, Set.of());
    }

    /** These settings with micro-batches of at most this size. */
    public TrainingSettings inMicroBatches(int most) {
        int smaller = microBatch == null ? most : Math.min(microBatch, most);
        return with(epochs, batchSize, smaller, learningRate, auto);
    }

    private TrainingSettings with(
            int newEpochs, int newBatchSize, @Nullable Integer newMicroBatch, double newLearningRate, Set<Auto> open) {
        return new TrainingSettings(
                newEpochs,
                steps,
                newBatchSize,
                newMicroBatch,
                maxTokens,
                newLearningRate,
                schedule,
                weightDecay,
                clipNorm,
                seed,
                precision,
                layers,
                quantise,
                skips,
                evaluation,
                open);
    }

    private static void requireWithin(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw Refused.invalid(field, field + " is from " + least + " to " + most + ", not " + value);
        }
    }

    /** The defaults: three epochs, batches of 8, cosine decay after a warm-up of 3 %. */
    public static TrainingSettings defaults() {
        return new TrainingSettings(
                3,
                null,
                8,
                null,
                1024,
                3e-4,
                new Schedule(Schedule.Decay.COSINE, 0.03),
                0.0,
                1.0,
                42,
                Precision.AUTO,
                Layers.AUTO);
    }
}
