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
import org.moraine.engine.checkpoint.History;

/**
 * What {@code training.json} beside an adapter says: every setting and every step, of however many processes.
 *
 * @param base the base model's name
 * @param earlier what the adapter is called that was trained further, null where it began anew
 * @param data what the training file is called
 * @param validation what the file of examples is called that it was measured on, null where there was none
 * @param examples in the training file
 * @param pack tokens in a sequence that examples were joined into, null where each stood alone
 * @param randomStart whether the weights were drawn at random instead of read
 * @param madeBy the program and the machine
 * @param steps the updates made
 * @param skipped the steps that were left out because their numbers were not finite
 * @param evaluations on examples that were not learnt
 */
public record TrainingRecord(
        String base,
        @JsonProperty("earlier_adapter") @Nullable String earlier,
        String data,
        @Nullable String validation,
        int examples,
        @Nullable Integer pack,
        @JsonProperty("random_start") boolean randomStart,
        AdapterSettings adapter,
        TrainingSettings training,
        @JsonProperty("made_by") MadeBy madeBy,
        List<History.Step> steps,
        List<History.Skipped> skipped,
        List<History.Evaluated> evaluations) {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    public TrainingRecord {
        steps = List.copyOf(steps);
        skipped = List.copyOf(skipped);
        evaluations = List.copyOf(evaluations);
    }

    /** What a training's history comes to. */
    public TrainingRecord(
            String base,
            @Nullable String earlier,
            String data,
            @Nullable String validation,
            int examples,
            @Nullable Integer pack,
            boolean randomStart,
            AdapterSettings adapter,
            TrainingSettings training,
            MadeBy madeBy,
            History history) {
        this(
                base,
                earlier,
                data,
                validation,
                examples,
                pack,
                randomStart,
                adapter,
                training,
                madeBy,
                history.steps(),
                history.skipped(),
                history.evaluations());
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
