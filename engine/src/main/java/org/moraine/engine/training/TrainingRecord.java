package org.moraine.engine.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.WholeFile;

/**
 * What {@code training.json} beside an adapter says: every setting and every step.
 *
 * @param base the base model's name
 * @param data what the training file is called
 * @param examples in the training file
 * @param pack tokens in a sequence that examples were joined into, null where each stood alone
 * @param randomStart whether the weights were drawn at random instead of read
 */
public record TrainingRecord(
        String base,
        String data,
        int examples,
        @Nullable Integer pack,
        @JsonProperty("random_start") boolean randomStart,
        AdapterSettings adapter,
        TrainingSettings training,
        List<Step> steps) {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    public TrainingRecord {
        steps = List.copyOf(steps);
    }

    /** One step of it; {@code tokens} without padding, {@code seconds} the step took. */
    public record Step(
            int step,
            double loss,
            @JsonProperty("learning_rate") double learningRate,
            long tokens,
            double seconds) {

        public static Step of(StepReport report) {
            return new Step(report.step(), report.loss(), report.learningRate(), report.tokens(), report.seconds());
        }
    }

    /** Writes {@code training.json} into the folder; it is moved into place when it is complete. */
    public void write(Path folder) {
        try {
            WholeFile.write(folder.resolve("training.json"), JSON.writeValueAsBytes(this));
        } catch (JsonProcessingException e) {
            throw new AssertionError("a training record can be written as JSON", e);
        }
    }
}
