package org.moraine.worker;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.DataFile;
import org.moraine.contracts.Digest;
import org.moraine.contracts.EarlierAdapter;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.JobId;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Method;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.Schedule;
import org.moraine.contracts.TargetModules;
import org.moraine.contracts.TeamName;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.Variation;

/** Jobs to give to a worker. */
final class Jobs {

    static final TeamName TEAM = new TeamName("acme");

    /** Twenty questions and their answers. */
    static final byte[] QUESTIONS = questions(20);

    /** Questions to measure by. */
    static final byte[] OTHER_QUESTIONS = questions(7);

    /** So many that a step over all of them takes seconds. */
    static final byte[] MANY_QUESTIONS = questions(2000);

    private Jobs() {}

    private static byte[] questions(int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> """
                    {"messages": [{"role": "user", "content": "What is number %d?"}, \
                    {"role": "assistant", "content": "It is the number %d."}]}
                    """.formatted(i, i))
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8);
    }

    /** A MoRA job of some steps on {@link #QUESTIONS}. */
    static JobSpec of(int steps) {
        return of("small", QUESTIONS, steps);
    }

    /** A job of some steps on {@link #QUESTIONS} that trains a version of another further. */
    static JobSpec further(EarlierAdapter earlier, int steps) {
        JobSpec plain = of(steps);
        return new JobSpec(
                plain.job(),
                plain.baseModel(),
                earlier,
                plain.adapter(),
                plain.trainingFile(),
                null,
                plain.adapterSettings(),
                plain.trainingSettings());
    }

    /** A job that is not over before the test is. */
    static JobSpec endless() {
        return of(10_000_000);
    }

    /** A job on {@link #MANY_QUESTIONS} that is not over before the test is, and whose steps are long. */
    static JobSpec endlessOfLongSteps() {
        return of("small", MANY_QUESTIONS, 10_000_000, 2000);
    }

    /**
     * A job on {@link #QUESTIONS} that is measured on {@link #OTHER_QUESTIONS}, with its base model in fewer bits, its
     * number of epochs left open, and with modules that are trained whole.
     */
    static JobSpec measured(int steps, EvaluationSettings evaluation, Quantisation quantise, String... whole) {
        JobSpec plain = of(steps);
        TrainingSettings settings = plain.trainingSettings();
        return new JobSpec(
                plain.job(),
                plain.baseModel(),
                null,
                plain.adapter(),
                plain.trainingFile(),
                new DataFile(Digest.of(OTHER_QUESTIONS), OTHER_QUESTIONS.length),
                new AdapterSettings(
                        Method.MORA, 1, 2, 2, 0, TargetModules.all(), new Variation(false, null, null, List.of(whole))),
                new TrainingSettings(
                        settings.epochs(),
                        steps,
                        settings.batchSize(),
                        null,
                        settings.maxTokens(),
                        settings.learningRate(),
                        settings.schedule(),
                        settings.weightDecay(),
                        settings.clipNorm(),
                        settings.seed(),
                        settings.precision(),
                        settings.layers(),
                        quantise,
                        settings.skips(),
                        evaluation,
                        Set.of(TrainingSettings.Auto.EPOCHS)));
    }

    static JobSpec of(String baseModel, byte[] trainingFile, int steps) {
        return of(baseModel, trainingFile, steps, 4);
    }

    private static JobSpec of(String baseModel, byte[] trainingFile, int steps, int batchSize) {
        return new JobSpec(
                new JobId(
                        "ftjob-" + UUID.randomUUID().toString().replace("-", "").substring(0, 24)),
                baseModel,
                null,
                new AdapterName(TEAM, "numbers"),
                new DataFile(Digest.of(trainingFile), trainingFile.length),
                null,
                AdapterSettings.mora(1, 2),
                new TrainingSettings(
                        1,
                        steps,
                        batchSize,
                        null,
                        64,
                        1e-3,
                        new Schedule(Schedule.Decay.CONSTANT, 0),
                        0,
                        1,
                        7,
                        TrainingSettings.Precision.FP32,
                        TrainingSettings.Layers.KEPT));
    }
}
