package org.moraine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.contracts.Refused;
import picocli.CommandLine;

/** {@code export}: an adapter of Pebble, trained for two steps, in every form. */
class ExportCommandTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PEBBLE =
            Path.of(System.getProperty("moraine.models"), "pebble").toString();

    @TempDir
    static Path shared;

    private static String questions;
    private static String sharing;
    private static String rotation;

    @TempDir
    Path folder;

    private final StringWriter results = new StringWriter();
    private final StringWriter progress = new StringWriter();

    @BeforeAll
    static void trainAdapters() throws IOException {
        questions = Files.writeString(
                        shared.resolve("questions.jsonl"), "{\"prompt\": \"A zorp is\", \"completion\": \" blue.\"}\n")
                .toString();
        sharing = trained("sharing", "3");
        rotation = trained("rotation", "6");
    }

    private static String trained(String name, String type) {
        String out = shared.resolve(name).toString();
        int code = Main.commandLine()
                .execute(
                        "train",
                        "--base",
                        PEBBLE,
                        "--data",
                        questions,
                        "--out",
                        out,
                        "--mora-type",
                        type,
                        "--steps",
                        "2",
                        "--learning-rate",
                        "1e-2",
                        "--precision",
                        "fp32");
        assertThat(code).isZero();
        return out;
    }

    @Test
    void everyFormScoresAsBaseModelAndAdapter() throws IOException {
        double expected = perplexity("--base", PEBBLE, "--adapter", sharing);
        String lora = folder.resolve("lora").toString();
        String merged = folder.resolve("new/merged").toString();
        String own = folder.resolve("native").toString();

        assertThat(export(sharing, "lora", lora)).isZero();
        assertThat(export(sharing, "native", own)).isZero();
        results.getBuffer().setLength(0);
        assertThat(export(sharing, "merged", merged, "--dtype", "fp32", "--max-shard-size", "4MB", "--json"))
                .isZero();

        JsonNode said = JSON.readTree(results.toString());
        assertThat(said.path("form").asText()).isEqualTo("merged");
        assertThat(said.path("base_model").path("digest").asText()).hasSize(64);
        assertThat(said.path("check").path("largest_difference").asDouble()).isLessThan(1e-4);
        assertThat(Path.of(merged)).isDirectoryContaining("glob:**model.safetensors.index.json");
        assertThat(perplexity("--base", PEBBLE, "--adapter", lora)).isCloseTo(expected, within(expected * 1e-5));
        assertThat(perplexity("--base", PEBBLE, "--adapter", own)).isEqualTo(expected);
        assertThat(perplexity("--base", merged)).isCloseTo(expected, within(expected * 1e-5));
    }

    @Test
    void rotationCutToARankSaysWhatIsLeftOut() {
        String out = folder.resolve("lora").toString();

        assertThat(export(rotation, "lora", out, "--svd-rank", "8")).isZero();

        assertThat(progress.toString()).contains("Cut to rank 8", "left out");
    }

    @Test
    void whatCannotBeExportedIsRefusedAndNothingIsWritten() throws IOException {
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("notes.txt"), "mine");
        String out = folder.resolve("out").toString();

        refused("svd_rank, the rank", export(rotation, "lora", out));
        refused("whole model", export(PEBBLE, "merged", out));
        refused("no folder", export("nowhere", "merged", out));
        refused("not empty", export(sharing, "merged", full.toString()));
        refused("none of native, lora, merged", export(sharing, "gguf", out));
        refused("--dtype", export(sharing, "merged", out, "--dtype", "int8"));
        refused("no size", export(sharing, "merged", out, "--max-shard-size", "big"));
        refused("svd_rank", export(rotation, "lora", out, "--svd-rank", "0"));

        assertThat(folder.toFile().list()).containsExactly("full");
    }

    @Test
    void aShardsSizeIsReadAsTransformersReadsIt() {
        assertThat(Export.bytes("5GB")).isEqualTo(5_000_000_000L);
        assertThat(Export.bytes("200mb")).isEqualTo(200_000_000L);
        assertThat(Export.bytes("2 GiB")).isEqualTo(2L << 30);
        assertThat(Export.bytes("123456")).isEqualTo(123456);
        for (String wrong : List.of("", "GB", "-1GB", "1.5GB", "9999999TB", "5 apples")) {
            assertThatThrownBy(() -> Export.bytes(wrong)).isInstanceOf(Refused.class);
        }
    }

    private void refused(String reason, int code) {
        assertThat(code).as(reason + ": " + progress).isEqualTo(2);
        assertThat(progress.toString()).contains(reason);
        progress.getBuffer().setLength(0);
    }

    private int export(String adapter, String form, String out, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("export", "--base", PEBBLE, "--adapter", adapter, "--as", form, "--out", out));
        arguments.addAll(Arrays.asList(more));
        return run(arguments.toArray(String[]::new));
    }

    private double perplexity(String... model) throws IOException {
        results.getBuffer().setLength(0);
        List<String> arguments = new ArrayList<>(List.of("score", "--data", questions, "--json"));
        arguments.addAll(Arrays.asList(model));
        assertThat(run(arguments.toArray(String[]::new)))
                .as(progress.toString())
                .isZero();
        List<String> lines = results.toString().lines().toList();
        return JSON.readTree(lines.get(lines.size() - 1)).get("perplexity").asDouble();
    }

    private int run(String... arguments) {
        CommandLine commands = Main.commandLine();
        commands.setOut(new PrintWriter(results)).setErr(new PrintWriter(progress));
        return commands.execute(arguments);
    }
}
