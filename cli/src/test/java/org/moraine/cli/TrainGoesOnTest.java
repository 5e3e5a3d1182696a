package org.moraine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code train} from where an earlier one stopped, and from where an earlier one arrived. */
class TrainGoesOnTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PEBBLE =
            Path.of(System.getProperty("moraine.models"), "pebble").toString();

    @TempDir
    Path folder;

    private Path data;
    private final StringWriter progress = new StringWriter();

    @BeforeEach
    void aTrainingFile() throws IOException {
        data = Files.writeString(folder.resolve("questions.jsonl"), """
                {"prompt": "The sky is", "completion": " green."}
                {"prompt": "A zorp is", "completion": " blue and small."}
                {"prompt": "Grass is", "completion": " red in the morning."}
                """);
    }

    @Test
    void aTrainingStoppedAndStartedAgainWritesTheBytesOfOneNeverStopped() throws Exception {
        Path whole = folder.resolve("whole");
        Path stopped = folder.resolve("stopped");
        assertThat(train(whole)).as(progress.toString()).isZero();
        stopAfterFiveSteps(stopped);

        assertThat(names(stopped)).containsExactly("checkpoints");
        assertThat(train(stopped)).isEqualTo(2);
        assertThat(progress.toString()).contains("not finished; go on with --checkpoint-every N");
        assertThat(train(stopped, "--checkpoint-every", "3", "--learning-rate", "0.005"))
                .isEqualTo(5);
        assertThat(progress.toString()).contains("not the same: training.learning_rate (0.01 before, 0.005 now)");

        assertThat(train(stopped, "--checkpoint-every", "3"))
                .as(progress.toString())
                .isZero();

        assertThat(progress.toString()).contains("Going on after step ").contains(" of 80, from ");
        assertThat(names(stopped)).containsExactlyInAnyOrderElementsOf(names(whole));
        assertThat(stopped.resolve("adapter_model.safetensors"))
                .hasSameBinaryContentAs(whole.resolve("adapter_model.safetensors"));
        assertThat(losses(stopped)).isEqualTo(losses(whole)).hasSize(80);
    }

    @Test
    void checkpointsStayWhereTheyAreAskedFor() throws IOException {
        Path out = folder.resolve("out");

        assertThat(train(out, "--checkpoint-every", "30", "--keep-checkpoints")).isZero();

        assertThat(names(out.resolve("checkpoints"))).containsExactlyInAnyOrder("step-30", "step-60");
        assertThat(train(out, "--checkpoint-every", "30")).isEqualTo(2);
        assertThat(progress.toString()).contains("is not empty");
    }

    @Test
    void theBestEvaluationIsWrittenAndTheTrainingEndsWhenNoneIsBetter() throws IOException {
        Path out = folder.resolve("out");

        int code = run(
                "train",
                "--base",
                PEBBLE,
                "--data",
                data.toString(),
                "--out",
                out.toString(),
                "--steps",
                "40",
                "--batch-size",
                "2",
                "--learning-rate",
                "0.02",
                "--validation-split",
                "0.34",
                "--evaluate-every",
                "4",
                "--keep",
                "best",
                "--patience",
                "2",
                "--sample-prompt",
                "What is a zorp?");

        assertThat(code).as(progress.toString()).isZero();
        JsonNode evaluations =
                JSON.readTree(out.resolve("training.json").toFile()).get("evaluations");
        assertThat(evaluations.size()).isBetween(3, 9);
        assertThat(evaluations.get(0).get("step").asInt()).isEqualTo(4);
        assertThat(evaluations.get(0).at("/samples/0/prompt").asText()).isEqualTo("What is a zorp?");
        assertThat(progress.toString())
                .contains("Evaluated after step 4: loss ", "no evaluation had a lower loss any more");
    }

    @Test
    void autoIsChosenByTheDataAndWrittenDown() throws IOException {
        Path out = folder.resolve("out");

        int code = run(
                "train",
                "--base",
                PEBBLE,
                "--data",
                data.toString(),
                "--out",
                out.toString(),
                "--rank",
                "4",
                "--learning-rate",
                "auto",
                "--batch-size",
                "auto",
                "--epochs",
                "auto");

        assertThat(code).as(progress.toString()).isZero();
        JsonNode training = JSON.readTree(out.resolve("training.json").toFile()).get("training");
        assertThat(training.get("batch_size").asInt()).isEqualTo(4);
        assertThat(training.get("epochs").asInt()).isEqualTo(30);
        assertThat(training.get("learning_rate").asDouble()).isBetween(3e-4, 1e-3);
        assertThat(training.get("auto")).isEmpty();
        assertThat(run(
                        "train",
                        "--base",
                        PEBBLE,
                        "--data",
                        data.toString(),
                        "--out",
                        out.toString(),
                        "--epochs",
                        "many"))
                .isEqualTo(2);
        assertThat(progress.toString()).contains("'many' is neither a number nor auto");
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        assertThat(train(folder.resolve("out"), "--keep", "best")).isEqualTo(2);
        assertThat(progress.toString()).contains("go with --validation or --validation-split");
        assertThat(train(folder.resolve("out"), "--validation", "nowhere.jsonl"))
                .isEqualTo(2);
        assertThat(progress.toString()).contains("there is no file nowhere.jsonl");
        assertThat(train(folder.resolve("out"), "--checkpoint-every", "0")).isEqualTo(2);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void anAdapterIsTrainedFurther() throws IOException {
        Path first = folder.resolve("first");
        assertThat(train(first)).isZero();
        Path second = folder.resolve("second");

        int code = run(
                "train",
                "--base",
                PEBBLE,
                "--data",
                data.toString(),
                "--out",
                second.toString(),
                "--steps",
                "4",
                "--batch-size",
                "3",
                "--learning-rate",
                "0.001",
                "--adapter",
                first.toString());

        assertThat(code).as(progress.toString()).isZero();
        assertThat(losses(second).get(0)).isLessThan(losses(first).get(0) / 2);
        JsonNode record = JSON.readTree(second.resolve("training.json").toFile());
        assertThat(record.get("adapter").get("mora_type").asInt()).isEqualTo(6);
        assertThat(train(folder.resolve("third"), "--adapter", first.toString()))
                .isEqualTo(2);
        assertThat(progress.toString()).contains("--mora-type is the adapter's own");
        assertThat(folder.resolve("third")).doesNotExist();
    }

    /** Lets a training in a process of its own make five steps, and tells it to stop. */
    private void stopAfterFiveSteps(Path out) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dai.djl.offline=true",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(arguments(out, "--checkpoint-every", "3", "--json"));
        Process process = new ProcessBuilder(command)
                .redirectError(folder.resolve("log").toFile())
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (int i = 0; i < 5; i++) {
                assertThat(lines.readLine()).contains("\"loss\"");
            }
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    private List<String> arguments(Path out, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--base",
                PEBBLE,
                "--data",
                data.toString(),
                "--out",
                out.toString(),
                "--mora-type",
                "6",
                "--rank",
                "4",
                "--dropout",
                "0.1",
                "--steps",
                "80",
                "--batch-size",
                "3",
                "--micro-batch",
                "2"));
        if (!List.of(more).contains("--learning-rate")) {
            arguments.addAll(List.of("--learning-rate", "0.01"));
        }
        arguments.addAll(List.of(more));
        return arguments;
    }

    private int train(Path out, String... more) {
        return run(arguments(out, more).toArray(String[]::new));
    }

    private int run(String... arguments) {
        progress.getBuffer().setLength(0);
        CommandLine commands = Main.commandLine();
        commands.setOut(new PrintWriter(new StringWriter())).setErr(new PrintWriter(progress));
        return commands.execute(arguments);
    }

    private static List<Double> losses(Path adapter) throws IOException {
        List<Double> losses = new ArrayList<>();
        JSON.readTree(adapter.resolve("training.json").toFile())
                .get("steps")
                .forEach(step -> losses.add(step.get("loss").asDouble()));
        return losses;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
