package org.moraine.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.EvaluationSettings.Keep;
import org.moraine.contracts.Schedule.Decay;

class TrainingSettingsTest {

    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void settingsWrittenBeforeThereWereSkipsAndEvaluationsAreReadWithTheirDefaults() throws Exception {
        TrainingSettings read = JSON.readValue("""
                {"epochs": 3, "steps": null, "batch_size": 8, "micro_batch": null, "max_tokens": 1024,
                 "learning_rate": 3e-4, "schedule": {"decay": "cosine", "warmup_ratio": 0.03}, "weight_decay": 0.0,
                 "clip_norm": 1.0, "seed": 42, "precision": "auto", "layers": "auto"}
                """, TrainingSettings.class);

        assertThat(read).isEqualTo(TrainingSettings.defaults());
    }

    @Test
    void everySettingComesBackFromItsJson() throws Exception {
        TrainingSettings settings = new TrainingSettings(
                2,
                50,
                16,
                4,
                512,
                1e-3,
                new Schedule(Decay.LINEAR, 0.1, 0.2),
                0.01,
                0.5,
                -7,
                TrainingSettings.Precision.BF16,
                TrainingSettings.Layers.KEPT,
                Quantisation.NF4,
                new SkipLimit(0, 3),
                new EvaluationSettings(0.1, 20, Keep.BEST, 3, List.of("Who are you?")),
                Set.of(TrainingSettings.Auto.LEARNING_RATE, TrainingSettings.Auto.EPOCHS));

        assertThat(JSON.readValue(JSON.writeValueAsString(settings), TrainingSettings.class))
                .isEqualTo(settings);
    }

    @Test
    void settingsOfBeforeTheBaseCouldBeInFewerBitsHoldItAsItIs() throws Exception {
        String before = JSON.writeValueAsString(TrainingSettings.defaults()).replace("\"quantise\":\"none\",", "");

        assertThat(before).doesNotContain("quantise");
        assertThat(JSON.readValue(before, TrainingSettings.class)).isEqualTo(TrainingSettings.defaults());
    }

    @Test
    void theRateRisesToThePeakAndFallsToItsMinimum() {
        Schedule linear = new Schedule(Decay.LINEAR, 0.2, 0.1);
        Schedule cosine = new Schedule(Decay.COSINE, 0.2, 0.1);
        Schedule constant = new Schedule(Decay.CONSTANT, 0.2, 0.1);

        for (Schedule schedule : List.of(linear, cosine, constant)) {
            assertThat(schedule.at(0, 100, 1)).isCloseTo(0.05, within(1e-12));
            assertThat(schedule.at(19, 100, 1)).isEqualTo(1);
            assertThat(schedule.at(20, 100, 1)).isEqualTo(1);
        }
        assertThat(linear.at(60, 100, 1)).isCloseTo(0.55, within(1e-12));
        assertThat(cosine.at(60, 100, 1)).isCloseTo(0.55, within(1e-12));
        assertThat(cosine.at(40, 100, 1)).isGreaterThan(linear.at(40, 100, 1));
        assertThat(linear.at(99, 100, 2)).isCloseTo(0.2 + 1.8 / 80, within(1e-12));
        assertThat(cosine.at(99, 100, 1)).isBetween(0.1, 0.101);
        assertThat(constant.at(99, 100, 1)).isEqualTo(1);
        assertThat(new Schedule(Decay.COSINE, 0).at(99, 100, 1)).isLessThan(0.001);
    }

    @Test
    void whatIsOutOfBoundsIsNamed() {
        refused("minimum_ratio", () -> new Schedule(Decay.COSINE, 0, 1.5));
        refused("warmup_ratio", () -> new Schedule(Decay.COSINE, Double.NaN, 0));
        refused("skips_in_a_row", () -> new SkipLimit(-1, 3));
        refused("skips_in_all", () -> new SkipLimit(1, 2_000_000));
        refused("validation_split", () -> new EvaluationSettings(1, null, Keep.LAST, null, List.of()));
        refused("evaluate_every", () -> new EvaluationSettings(0.1, 0, Keep.LAST, null, List.of()));
        refused("patience", () -> new EvaluationSettings(0.1, 1, Keep.LAST, 0, List.of()));
        refused("sample_prompts", () -> new EvaluationSettings(0.1, 1, Keep.LAST, 1, List.of("")));
    }

    private static void refused(String field, Runnable making) {
        assertThatThrownBy(making::run)
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.problem().field()).isEqualTo(field));
    }
}
