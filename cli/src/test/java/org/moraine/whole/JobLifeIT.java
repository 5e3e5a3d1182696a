package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Method;
import org.moraine.contracts.Publication;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.generation.Generator;
import org.moraine.engine.generation.Sampling;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.BaseModels;
import org.moraine.stack.Checkout;

/** A job from its training file to the pulled adapter, through all services. */
class JobLifeIT {

    private final Stack stack = Stack.shared();

    @TempDir
    Path folder;

    @Test
    void aTrainingFileBecomesAVersionThatTheEngineReads() throws Exception {
        String file = stack.upload(TrainingText.lines(8));

        String job = stack.submit(file, "life", Map.of("rank", 4, "n_epochs", 4, "batch_size", 4));
        JsonNode ended = stack.ended(job);

        assertThat(ended.path("status").asText()).as(ended.toString()).isEqualTo("succeeded");
        assertThat(ended.path("fine_tuned_model").asText()).startsWith("ft:pebble:local:life:");
        assertThat(ended.path("trained_tokens").asLong()).isPositive();
        JsonNode adapter = ended.path("adapter");
        assertThat(adapter.path("name").asText()).isEqualTo("local/life");
        assertThat(adapter.path("version").asInt()).isEqualTo(1);
        assertThat(stepsOf(job)).containsExactly(8, 7, 6, 5, 4, 3, 2, 1);
        Manifest manifest = stack.pull("local/life", "v1", folder);
        assertThat(manifest.commit()).isEqualTo(adapter.path("commit").asText());
        assertThat(manifest.files())
                .extracting(Manifest.File::path)
                .contains(
                        "adapter_config.json",
                        "adapter_model.safetensors",
                        "mora/adapter_config.json",
                        "mora/adapter_model.safetensors",
                        "tokenizer.json",
                        "training.json",
                        "README.md");
        assertThat(verified("local/life@v1", "--key", key())).isEqualTo("local/life@v1");
        Files.write(
                folder.resolve("model.sig"),
                stack.registry()
                        .get("/api/v1/adapters/local/life/versions/1/signature")
                        .bytes());
        assertThat(verified(folder.toString(), "--key", key())).isEqualTo("local/life@v1");
        try (BaseModel base = BaseModel.load(pebble().find("pebble"), Precision.FP32);
                Adapter pulled = Adapter.read(base, folder);
                Generator generator = new Generator(base, pulled)) {
            assertThat(generator.answer("What is in box 3?", Sampling.greedy(8)))
                    .isNotNull();
        }
    }

    @Test
    void aLaterJobOfTheNameMakesTheNextVersionAndTheFirstStays() {
        String file = stack.upload(TrainingText.lines(4));

        String first = commitOf(stack.ended(stack.submit(file, "again", Map.of("steps", 1))));
        JsonNode second = stack.ended(stack.submit(file, "again", Map.of("steps", 2)));

        assertThat(second.path("adapter").path("version").asInt()).isEqualTo(2);
        String path = "/local/again/resolve/%s/adapter_model.safetensors";
        assertThat(stack.registry().head(path.formatted("v1")).header("X-Repo-Commit"))
                .isEqualTo(first);
        assertThat(stack.registry().head(path.formatted("v2")).header("X-Repo-Commit"))
                .isEqualTo(commitOf(second))
                .isNotEqualTo(first);
        assertThat(stack.registry().head(path.formatted("main")).header("X-Repo-Commit"))
                .isEqualTo(commitOf(second));
    }

    @Test
    void theRegistryGivesTheRequestThatMakesAVersionsJobAgainToTheSameBits() throws Exception {
        String file = stack.upload(TrainingText.lines(8));
        Map<String, Object> hyperparameters = Map.of(
                "adapter_type",
                "lora",
                "rank",
                4,
                "alpha",
                16,
                "use_rslora",
                true,
                "dropout",
                0.1,
                "steps",
                3,
                "target_modules",
                List.of("q_proj", "v_proj"),
                "learning_rate",
                3e-3,
                "warmup_ratio",
                0.5);
        commitOf(stack.ended(stack.submit(file, "lineage", hyperparameters)));

        Wire.Answer request = stack.registry().get("/api/v1/adapters/local/lineage/versions/1/job-request");
        Wire.Answer again = stack.jobs().post("/v1/fine_tuning/jobs", request.json());

        assertThat(again.status()).as(again.text() + request.text()).isEqualTo(200);
        assertThat(again.json().path("training_file").asText()).isEqualTo(file);
        JsonNode ended = stack.ended(again.json().path("id").asText());
        assertThat(ended.path("adapter").path("version").asInt())
                .as(ended.toString())
                .isEqualTo(2);
        String path = "/local/lineage/resolve/%s/adapter_model.safetensors";
        assertThat(stack.registry().get(path.formatted("v2")).bytes())
                .isEqualTo(stack.registry().get(path.formatted("v1")).bytes());
    }

    @Test
    void aFineTunedModelIsTrainedFurtherAndTheRequestOfItsVersionSaysSo() throws Exception {
        String file = stack.upload(TrainingText.lines(8));
        Map<String, Object> steps = Map.of("steps", 12, "learning_rate", 3e-3, "schedule", "constant");
        String first = stack.submit(file, "further", steps);
        JsonNode made = stack.ended(first);
        commitOf(made);

        String second = stack.submit(made.path("fine_tuned_model").asText(), file, "further", steps);
        JsonNode ended = stack.ended(second);

        assertThat(ended.path("adapter").path("version").asInt())
                .as(ended.toString())
                .isEqualTo(2);
        assertThat(firstLoss(second)).isLessThan(0.8 * firstLoss(first));
        Wire.Answer request = stack.registry().get("/api/v1/adapters/local/further/versions/2/job-request");
        assertThat(request.json().path("model").asText())
                .isEqualTo(made.path("fine_tuned_model").asText());
        JsonNode again =
                stack.jobs().post("/v1/fine_tuning/jobs", request.json()).json();
        assertThat(commitOf(stack.ended(again.path("id").asText()))).isNotEmpty();
        String path = "/local/further/resolve/%s/mora/adapter_model.safetensors";
        assertThat(stack.registry().get(path.formatted("v3")).bytes())
                .isEqualTo(stack.registry().get(path.formatted("v2")).bytes());
    }

    private double firstLoss(String job) {
        for (JsonNode series : stack.jobs()
                .get("/v1/fine_tuning/jobs/" + job + "/metrics")
                .json()
                .path("series")) {
            if (series.path("name").asText().equals("train_loss")) {
                return series.path("values").path(0).asDouble();
            }
        }
        throw new AssertionError("no series train_loss");
    }

    @Test
    void publishingTheSameJobTwiceMakesOneVersion() throws Exception {
        String file = stack.upload(TrainingText.lines(4));
        String job = stack.submit(file, "twice", Map.of("steps", 1));
        JsonNode ended = stack.ended(job);
        Publication again = new Publication(
                new JobId(job), "pebble", Method.MORA, Map.of("again", true), stack.pull("local/twice", "v1", folder));

        Wire.Answer answer = stack.registry()
                .as(stack.workerKey())
                .post("/api/v1/adapters/local/twice/versions", new ObjectMapper().valueToTree(again));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().path("version").asInt()).isEqualTo(1);
        assertThat(answer.json().path("commit").asText()).isEqualTo(commitOf(ended));
        assertThat(stack.registry()
                        .head("/local/twice/resolve/v2/adapter_config.json")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aJobThatTrainsAllWeightsPublishesAModelThatGenerateTakesAsItsBase() throws Exception {
        String file = stack.upload(TrainingText.lines(4));

        JsonNode ended = stack.ended(
                stack.submit(file, "whole", Map.of("adapter_type", "full", "steps", 3, "learning_rate", 1e-4)));

        assertThat(ended.path("status").asText()).as(ended.toString()).isEqualTo("succeeded");
        Manifest manifest = stack.pull("local/whole", "v1", folder);
        assertThat(manifest.commit()).isEqualTo(commitOf(ended));
        assertThat(manifest.files())
                .extracting(Manifest.File::path)
                .contains("config.json", "tokenizer.json", "model.safetensors", "training.json", "README.md")
                .doesNotContain("adapter_config.json");
        assertThat(folder.resolve("model.safetensors")).isRegularFile();
        List<JsonNode> lines =
                Program.run(Map.of(), "generate", "--json", "--base", folder.toString(), "--prompt", "What is a lamp?");
        assertThat(lines).isNotEmpty();
    }

    /** What the command line finds a version or folder to have been signed as. */
    private String verified(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("verify", "--json"));
        command.addAll(List.of(arguments));
        Wire registry = stack.registry();
        List<JsonNode> lines = Program.run(
                Map.of("MORAINE_REGISTRY_URL", registry.url(), "MORAINE_API_KEY", registry.key()),
                command.toArray(String[]::new));
        return lines.get(0).path("signed").asText();
    }

    private String key() {
        return stack.local()
                .settings()
                .data()
                .resolve("secrets/signing-key.pub")
                .toString();
    }

    private static String commitOf(JsonNode job) {
        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("succeeded");
        return job.path("adapter").path("commit").asText();
    }

    private List<Integer> stepsOf(String job) {
        List<Integer> steps = new ArrayList<>();
        for (JsonNode event : stack.jobs()
                .get("/v1/fine_tuning/jobs/" + job + "/events?limit=100")
                .json()
                .path("data")) {
            if (event.path("type").asText().equals("metrics"))
                steps.add(event.path("data").path("step").asInt());
        }
        return steps;
    }

    private static BaseModels pebble() {
        return BaseModels.of(Map.of(), Checkout::models);
    }
}
