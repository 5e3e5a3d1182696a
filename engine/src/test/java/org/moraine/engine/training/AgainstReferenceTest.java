package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Schedule;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;

/**
 * Sixty steps of the training loop give the losses, step by step, that torch gives from the same first weights, data and
 * settings: with PEFT's LoRA and rsLoRA, with modules that PEFT trains whole beside them, with MoRA as its definition has it, and with all weights trained.
 */
class AgainstReferenceTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path REFERENCE = Path.of("src/test/resources/training");

    @ParameterizedTest
    @CsvSource({
        "mora1, KEPT",
        "mora2, RECOMPUTED",
        "mora3, KEPT",
        "mora4, RECOMPUTED",
        "mora6, KEPT",
        "lora, KEPT",
        "rslora, RECOMPUTED",
        "embedding, KEPT",
        "head, RECOMPUTED",
        "full, KEPT"
    })
    void everyStepsLossIsTheReferences(String method, Layers layers) throws IOException {
        List<Double> expected = new ArrayList<>();
        JSON.readTree(REFERENCE.resolve("losses.json").toFile())
                .path(method)
                .forEach(loss -> expected.add(loss.asDouble()));
        List<Double> losses = new ArrayList<>();
        try (BaseModel base = BaseModel.load(ModelFolder.open(REFERENCE.resolve("model")), Precision.FP32);
                Adapter adapter = adapter(base, method)) {
            List<Example> examples = examples();
            TrainingLoop loop = new TrainingLoop(base, adapter, examples, settings(examples.size(), layers));

            loop.run(step -> losses.add((double) step.loss()));
        }

        assertThat(losses).hasSameSizeAs(expected).hasSize(60);
        for (int step = 0; step < losses.size(); step++) {
            assertThat(losses.get(step))
                    .as("loss of step " + (step + 1))
                    .isCloseTo(expected.get(step), Percentage.withPercentage(0.01));
        }
    }

    private static Adapter adapter(BaseModel base, String method) {
        if (method.startsWith("mora")) {
            return Adapter.create(base, AdapterSettings.mora(Integer.parseInt(method.substring(4)), 3), 1);
        }
        return method.equals("full")
                ? Adapter.create(base, AdapterSettings.full(), 1)
                : Adapter.read(base, REFERENCE.resolve(method));
    }

    private static List<Example> examples() throws IOException {
        List<Example> examples = new ArrayList<>();
        for (JsonNode example : JSON.readTree(REFERENCE.resolve("examples.json").toFile())) {
            boolean[] trained = new boolean[example.path("trained").size()];
            for (int i = 0; i < trained.length; i++) {
                trained[i] = example.path("trained").get(i).asBoolean();
            }
            int[] ids = JSON.convertValue(example.path("ids"), int[].class);
            examples.add(new Example(examples.size() + 1, ids, trained));
        }
        return examples;
    }

    /** Every step sees all examples, in parts of four. */
    private static TrainingSettings settings(int examples, Layers layers) {
        Schedule schedule = new Schedule(Schedule.Decay.COSINE, 0.1);
        return new TrainingSettings(1, 60, examples, 4, 32, 5e-3, schedule, 0.1, 0.3, 5, Precision.FP32, layers);
    }
}
