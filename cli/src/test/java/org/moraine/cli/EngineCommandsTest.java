package org.moraine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code train}, {@code generate} and {@code score} on a model of 400,000 weights with Pebble's tokenizer. */
class EngineCommandsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String QUESTIONS = """
            {"messages": [{"role": "user", "content": "What is a zorp?"}, {"role": "assistant", "content": "A zorp is blue."}]}
            {"prompt": "The sky is", "completion": " green."}
            """;

    @TempDir
    static Path shared;

    private static Path base;
    private static Path questions;

    @TempDir
    Path folder;

    private final StringWriter results = new StringWriter();
    private final StringWriter progress = new StringWriter();

    @BeforeAll
    static void aBaseModelFromARandomStart() throws IOException {
        Path shape = Files.createDirectory(shared.resolve("shape"));
        Path pebble = Path.of(System.getProperty("moraine.models")).resolve("pebble");
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json")) {
            Files.copy(pebble.resolve(file), shape.resolve(file));
        }
        Files.writeString(shape.resolve("config.json"), """
                {"model_type": "llama", "vocab_size": 4096, "hidden_size": 64, "intermediate_size": 96,
                 "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 32,
                 "tie_word_embeddings": true, "max_position_embeddings": 128, "eos_token_id": 2,
                 "torch_dtype": "bfloat16"}""");
        Path text = Files.writeString(
                shared.resolve("text.jsonl"),
                "{\"text\": \"The sky is blue and the grass is green.\"}\n{\"text\": \"A cat is red.\"}\n".repeat(8));
        questions = Files.writeString(shared.resolve("questions.jsonl"), QUESTIONS);
        base = shared.resolve("base");
        int code = Main.commandLine()
                .execute(
                        "train",
                        "--base",
                        shape.toString(),
                        "--random-start",
                        "--method",
                        "full",
                        "--pack",
                        "32",
                        "--batch-size",
                        "4",
                        "--steps",
                        "10",
                        "--learning-rate",
                        "3e-3",
                        "--data",
                        text.toString(),
                        "--out",
                        base.toString());
        assertThat(code).isZero();
    }

    @Test
    void aRandomStartBecomesAModelFolderWithItsRecord() throws IOException {
        JsonNode record = JSON.readTree(base.resolve("training.json").toFile());

        assertThat(base.resolve("model.safetensors")).exists();
        assertThat(base.resolve("tokenizer.json")).exists();
        assertThat(record.get("random_start").asBoolean()).isTrue();
        assertThat(record.get("pack").asInt()).isEqualTo(32);
        assertThat(record.get("examples").asInt()).isEqualTo(16);
        assertThat(record.get("adapter").get("method").asText()).isEqualTo("full");
        assertThat(record.get("training").get("learning_rate").asDouble()).isEqualTo(3e-3);
        assertThat(record.get("training").get("seed").asInt()).isEqualTo(42);
        assertThat(record.get("steps")).hasSize(10);
        JsonNode first = record.get("steps").get(0);
        assertThat(first.fieldNames())
                .toIterable()
                .containsExactly("step", "loss", "learning_rate", "tokens", "seconds");
        assertThat(first.get("loss").asDouble()).isCloseTo(Math.log(4096), within(0.3));
        assertThat(record.get("steps").get(9).get("loss").asDouble())
                .isLessThan(first.get("loss").asDouble());
    }

    @Test
    void anAdapterIsTrainedScoredAndAsked() throws IOException {
        Path adapter = folder.resolve("new/adapter");

        int trained = run(
                "train",
                "--base",
                base.toString(),
                "--data",
                questions.toString(),
                "--out",
                adapter.toString(),
                "--mora-type",
                "6",
                "--rank",
                "4",
                "--targets",
                "q,v,down",
                "--steps",
                "150",
                "--learning-rate",
                "3e-2",
                "--batch-size",
                "2",
                "--warmup-ratio",
                "0.1",
                "--schedule",
                "linear",
                "--dropout",
                "0.05",
                "--json");

        assertThat(trained).as(progress.toString()).isZero();
        List<JsonNode> lines = lines();
        assertThat(lines).hasSize(151);
        assertThat(lines.get(0).get("step").asInt()).isOne();
        assertThat(lines.get(150).get("steps").asInt()).isEqualTo(150);
        assertThat(names(adapter))
                .containsExactlyInAnyOrder("adapter_config.json", "adapter_model.safetensors", "training.json");
        assertThat(names(folder.resolve("new"))).containsExactly("adapter");

        double without = perplexity();
        double with = perplexity("--adapter", adapter.toString());
        assertThat(with).isLessThan(without / 2);

        results.getBuffer().setLength(0);
        assertThat(run(
                        "generate",
                        "--base",
                        base.toString(),
                        "--adapter",
                        adapter.toString(),
                        "--prompt",
                        "What is a zorp?",
                        "--max-tokens",
                        "3",
                        "--json"))
                .isZero();
        assertThat(lines()).singleElement().satisfies(answer -> {
            assertThat(answer.get("prompt").asText()).isEqualTo("What is a zorp?");
            assertThat(answer.get("text").isTextual()).isTrue();
        });
    }

    @Test
    void modulesTrainedWholeAreScoredAndTrainedFurther() throws IOException {
        String first = folder.resolve("first").toString();
        String second = folder.resolve("second").toString();
        String[] training = {
            "train",
            "--base",
            base.toString(),
            "--data",
            questions.toString(),
            "--steps",
            "20",
            "--learning-rate",
            "1e-2"
        };

        assertThat(run(with(training, "--out", first, "--method", "lora", "--modules-to-save", "lm_head,norm")))
                .as(progress.toString())
                .isZero();
        assertThat(run(with(training, "--out", second, "--adapter", first))).isZero();

        double without = perplexity();
        double once = perplexity("--adapter", first);
        assertThat(once).isLessThan(without);
        assertThat(perplexity("--adapter", second)).isLessThan(once);
        refused(
                "--modules-to-save is the adapter's own",
                with(training, "--out", "x", "--adapter", first, "--modules-to-save", "norm"));
        refused("'norms' is no module", with(training, "--out", "x", "--modules-to-save", "norms"));
    }

    private static String[] with(String[] arguments, String... more) {
        return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void theSameSeedGivesTheSameBytes() throws IOException {
        for (String name : List.of("a", "b")) {
            assertThat(run(
                            "train",
                            "--base",
                            base.toString(),
                            "--data",
                            questions.toString(),
                            "--out",
                            folder.resolve(name).toString(),
                            "--method",
                            "lora",
                            "--dropout",
                            "0.1",
                            "--steps",
                            "5",
                            "--precision",
                            "fp32"))
                    .isZero();
        }

        assertThat(folder.resolve("a/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("b/adapter_model.safetensors"));
    }

    @Test
    void aBatchDividedOverTwoDevicesGivesTheBytesOfOne() {
        String[] training = {
            "train", "--base", base.toString(), "--data", questions.toString(), "--steps", "5", "--batch-size", "2"
        };

        assertThat(run(with(training, "--out", folder.resolve("one").toString(), "--micro-batch", "1")))
                .isZero();
        assertThat(run(with(training, "--out", folder.resolve("two").toString(), "--devices", "2")))
                .as(progress.toString())
                .isZero();

        assertThat(folder.resolve("one/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("two/adapter_model.safetensors"));
        refused("devices", with(training, "--out", "x", "--devices", "3"));
    }

    @Test
    void layersSpreadOverTwoDevicesGiveTheBytesOfOne() throws IOException {
        String[] training = {
            "train",
            "--base",
            base.toString(),
            "--data",
            questions.toString(),
            "--steps",
            "4",
            "--modules-to-save",
            "lm_head",
            "--validation",
            questions.toString(),
            "--sample-prompt",
            "Hello?"
        };

        assertThat(run(with(training, "--out", folder.resolve("one").toString())))
                .isZero();
        assertThat(run(with(training, "--out", folder.resolve("two").toString(), "--spread-layers", "2")))
                .as(progress.toString())
                .isZero();

        assertThat(folder.resolve("one/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("two/adapter_model.safetensors"));
        assertThat(JSON.readTree(folder.resolve("two/training.json").toFile()).at("/evaluations"))
                .isNotEmpty()
                .isEqualTo(JSON.readTree(folder.resolve("one/training.json").toFile())
                        .at("/evaluations"));
        refused("spread_layers", with(training, "--out", "x", "--spread-layers", "3"));
        assertThat(estimate("--spread-layers", "2").get("recomputed_bytes").longValue())
                .isLessThan(estimate().get("recomputed_bytes").longValue());
        refused("devices", with(training, "--out", "x", "--spread-layers", "2", "--devices", "2"));
    }

    @Test
    void aScoreIsALineForEachExampleAndThenThePerplexity() throws IOException {
        assertThat(run("score", "--base", base.toString(), "--data", questions.toString(), "--json"))
                .isZero();

        List<JsonNode> lines = lines();
        assertThat(lines).hasSize(3);
        double nll = 0;
        int tokens = 0;
        for (int i = 0; i < 2; i++) {
            assertThat(lines.get(i).fieldNames()).toIterable().containsExactly("example", "tokens", "nll");
            assertThat(lines.get(i).get("example").asInt()).isEqualTo(i);
            nll += lines.get(i).get("nll").asDouble();
            tokens += lines.get(i).get("tokens").asInt();
        }
        assertThat(lines.get(2).get("perplexity").asDouble()).isEqualTo(Math.exp(nll / tokens));
    }

    @Test
    void aTextGoesOnWithoutATemplate() {
        assertThat(run("generate", "--base", base.toString(), "--prompt", "The sky", "--raw", "--max-tokens", "2"))
                .isZero();

        assertThat(results.toString()).startsWith("The sky");
    }

    @Test
    void whatCannotBeDoneIsRefusedBeforeAnythingIsWritten() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.jsonl"), QUESTIONS + "{\"messages\": []}\n");
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("notes.txt"), "mine");
        String out = folder.resolve("out").toString();
        String data = questions.toString();

        refused("nowhere", "train", "--base", "nowhere", "--data", data, "--out", out);
        refused("no.jsonl", "train", "--base", base.toString(), "--data", "no.jsonl", "--out", out);
        refused("line 3, messages", "train", "--base", base.toString(), "--data", bad.toString(), "--out", out);
        refused("not empty", "train", "--base", base.toString(), "--data", data, "--out", full.toString());
        refused("rank", "train", "--base", base.toString(), "--data", data, "--out", out, "--rank", "4000");
        refused("mora_type", "train", "--base", base.toString(), "--data", data, "--out", out, "--mora-type", "5");
        refused("none of mora", "train", "--base", base.toString(), "--data", data, "--out", out, "--method", "dora");
        refused("no projection", "train", "--base", base.toString(), "--data", data, "--out", out, "--targets", "w");
        refused("128 tokens", "train", "--base", base.toString(), "--data", data, "--out", out, "--max-tokens", "999");
        refused("--pack", "train", "--base", base.toString(), "--data", data, "--out", out, "--pack", "32");
        refused("--method full", "train", "--base", base.toString(), "--data", data, "--out", out, "--random-start");
        refused("whole model", "score", "--base", base.toString(), "--data", data, "--adapter", base.toString());
        refused("no folder", "generate", "--base", base.toString(), "--prompt", "a", "--adapter", out);
        refused("topP", "generate", "--base", base.toString(), "--prompt", "a", "--top-p", "2");

        assertThat(names(folder)).containsExactlyInAnyOrder("bad.jsonl", "full");
        assertThat(names(full)).containsExactly("notes.txt");
    }

    /** SIGTERM takes the way of Ctrl-C. */
    @Test
    void anInterruptedTrainingStopsAfterItsStepAndWritesNothing() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dai.djl.offline=true",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train",
                "--base",
                base.toString(),
                "--data",
                questions.toString(),
                "--out",
                folder.resolve("out").toString(),
                "--steps",
                "1000000"));
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> Files.readString(log).contains("step 1/1000000"));

            process.destroy();

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
            assertThat(Files.readString(log)).contains("nothing was written");
            assertThat(names(folder)).containsExactly("log");
        } finally {
            process.destroyForcibly();
        }
    }

    private void refused(String reason, String... arguments) {
        progress.getBuffer().setLength(0);
        assertThat(run(arguments)).as(reason + ": " + progress).isEqualTo(2);
        assertThat(progress.toString()).contains(reason);
    }

    private double perplexity(String... more) throws IOException {
        results.getBuffer().setLength(0);
        List<String> arguments =
                new ArrayList<>(List.of("score", "--base", base.toString(), "--data", questions.toString(), "--json"));
        arguments.addAll(List.of(more));
        assertThat(run(arguments.toArray(String[]::new))).isZero();
        return lines().get(2).get("perplexity").asDouble();
    }

    private int run(String... arguments) {
        CommandLine commands = Main.commandLine();
        commands.setOut(new PrintWriter(results)).setErr(new PrintWriter(progress));
        return commands.execute(arguments);
    }

    private JsonNode estimate(String... options) throws IOException {
        String[] asked = {
            "estimate", "--base", base.toString(), "--data", questions.toString(), "--rate", "1", "--precision", "fp32"
        };
        results.getBuffer().setLength(0);
        assertThat(run(with(with(asked, "--json"), options)))
                .as(progress.toString())
                .isZero();
        return lines().get(0);
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : results.toString().lines().toList()) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
