package org.moraine.jobs.submit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.Digest;
import org.moraine.jobs.Client;
import org.moraine.jobs.Multipart;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class SubmitTest {

    private static final String JOBS = "/v1/fine_tuning/jobs";

    @Inject
    Stage stage;

    private Client team;
    private String file;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
        file = team.upload(Stage.GOOD_FILE);
    }

    @Test
    void anAcceptedJobCarriesEveryRequiredKey() {
        JsonNode job = team.post(JOBS, Stage.request(file, Map.of("suffix", "my-bot", "seed", 7)))
                .ok();

        assertThat(job.fieldNames())
                .toIterable()
                .contains(
                        "id",
                        "object",
                        "created_at",
                        "error",
                        "fine_tuned_model",
                        "finished_at",
                        "hyperparameters",
                        "model",
                        "organization_id",
                        "result_files",
                        "seed",
                        "status",
                        "trained_tokens",
                        "training_file",
                        "validation_file",
                        "estimated_finish",
                        "integrations",
                        "metadata",
                        "method",
                        "adapter");
        assertThat(job.get("id").asText()).matches("ftjob-[A-Za-z0-9]{24}");
        assertThat(job.get("object").asText()).isEqualTo("fine_tuning.job");
        assertThat(job.get("status").asText()).isIn("validating_files", "queued");
        assertThat(job.get("seed").asInt()).isEqualTo(7);
        assertThat(job.get("model").asText()).isEqualTo("pebble");
        assertThat(job.get("organization_id").asText()).isEqualTo("acme");
        assertThat(job.get("error").isNull()).isTrue();
        assertThat(job.get("result_files")).isEmpty();
        assertThat(job.at("/hyperparameters/n_epochs").asInt()).isEqualTo(3);
        assertThat(job.at("/method/type").asText()).isEqualTo("supervised");
    }

    @Test
    void everyFieldOfTheWireIsTakenAndGivenBack() {
        JsonNode job = team.post(JOBS, """
                        {"model": "pebble", "training_file": "%s", "validation_file": "%s", "metadata": {"team": "a"},
                         "integrations": [],
                         "method": {"type": "supervised", "supervised": {"hyperparameters": {
                             "n_epochs": "auto", "batch_size": 4, "learning_rate_multiplier": 2,
                             "adapter_type": "lora", "rank": 4, "alpha": 16, "target_modules": ["q_proj"],
                             "modules_to_save": ["embed_tokens", "lm_head"],
                             "keep": "best", "patience": 2, "evaluate_every": 5,
                             "nobody_knows": "kept"}}}}""".formatted(file, file)).ok();

        assertThat(job.get("validation_file").asText()).isEqualTo(file);
        assertThat(job.at("/metadata/team").asText()).isEqualTo("a");
        assertThat(job.get("integrations")).isEmpty();
        JsonNode echo = job.at("/method/supervised/hyperparameters");
        assertThat(echo.get("n_epochs").asText()).isEqualTo("auto");
        assertThat(echo.get("batch_size").asInt()).isEqualTo(4);
        assertThat(echo.get("adapter_type").asText()).isEqualTo("lora");
        assertThat(echo.get("modules_to_save")).hasSize(2);
        assertThat(echo.get("nobody_knows").asText()).isEqualTo("kept");
        assertThat(job.get("hyperparameters")).isEqualTo(echo);
    }

    @Test
    void aFileIsAlsoNamedByTheDigestOfItsBytesWithinItsTeam() {
        String digest =
                Digest.of(Stage.GOOD_FILE.getBytes(StandardCharsets.UTF_8)).hex();

        JsonNode job = team.post(JOBS, Stage.request(digest, Map.of("validation_file", digest)))
                .ok();

        assertThat(job.get("training_file").asText()).isEqualTo(file);
        assertThat(job.get("validation_file").asText()).isEqualTo(file);
        assertThat(stage.team("umbrella")
                        .post(JOBS, Stage.request(digest, Map.of()))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aDigestMeansTheFileThatMayBeTrainedOnAndNotALaterOneForSomethingElse() {
        team.postParts(
                        "b0undary",
                        () -> Multipart.with("b0undary")
                                .field("purpose", "evals")
                                .file("evals.jsonl", Stage.GOOD_FILE)
                                .end())
                .ok();
        String digest =
                Digest.of(Stage.GOOD_FILE.getBytes(StandardCharsets.UTF_8)).hex();

        JsonNode job = team.post(JOBS, Stage.request(digest, Map.of())).ok();

        assertThat(job.get("training_file").asText()).isEqualTo(file);
    }

    @Test
    void theOlderPlaceOfHyperparametersStillCounts() {
        JsonNode job = team.post(JOBS, Stage.request(file, Map.of("hyperparameters", Map.of("n_epochs", 5))))
                .ok();

        assertThat(job.at("/method/supervised/hyperparameters/n_epochs").asInt())
                .isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'n_epochs':51}                        | method.supervised.hyperparameters.n_epochs",
                "{'n_epochs':0}                         | method.supervised.hyperparameters.n_epochs",
                "{'n_epochs':'three'}                   | method.supervised.hyperparameters.n_epochs",
                "{'batch_size':257}                     | method.supervised.hyperparameters.batch_size",
                "{'learning_rate_multiplier':0}         | method.supervised.hyperparameters.learning_rate_multiplier",
                "{'learning_rate':0}                    | method.supervised.hyperparameters.learning_rate",
                "{'adapter_type':'dora'}                | method.supervised.hyperparameters.adapter_type",
                "{'mora_type':5}                        | method.supervised.hyperparameters.mora_type",
                "{'rank':0}                             | method.supervised.hyperparameters.rank",
                "{'rank':100000}                        | method.supervised.hyperparameters.rank",
                "{'rank':4096}                          | method.supervised.hyperparameters.rank",
                "{'adapter_type':'lora','rank':2000}    | method.supervised.hyperparameters.rank",
                "{'alpha':0}                            | method.supervised.hyperparameters.alpha",
                "{'dropout':1}                          | method.supervised.hyperparameters.dropout",
                "{'target_modules':['head']}            | method.supervised.hyperparameters.target_modules",
                "{'target_modules':[]}                  | method.supervised.hyperparameters.target_modules",
                "{'target_modules':'.*.*.*.*.*.*!'}      | method.supervised.hyperparameters.target_modules",
                "{'target_modules':'.*q_proj('}         | method.supervised.hyperparameters.target_modules",
                "{'target_modules':['9.mlp.up_proj']}   | method.supervised.hyperparameters.target_modules",
                "{'use_rslora':true}                    | method.supervised.hyperparameters.use_rslora",
                "{'rank_pattern':{'q_proj':0}}          | method.supervised.hyperparameters.rank_pattern",
                "{'rank_pattern':{'head':2}}            | method.supervised.hyperparameters.rank_pattern",
                "{'alpha_pattern':{'q_proj':'much'}}    | method.supervised.hyperparameters.alpha_pattern",
                "{'modules_to_save':'lm_head'}          | method.supervised.hyperparameters.modules_to_save",
                "{'modules_to_save':['']}               | method.supervised.hyperparameters.modules_to_save",
                "{'modules_to_save':['tail']}           | method.supervised.hyperparameters.modules_to_save",
                "{'modules_to_save':['proj']}           | method.supervised.hyperparameters.modules_to_save",
                "{'modules_to_save':['up_proj'],'quantise':'int8'} | method.supervised.hyperparameters.modules_to_save",
                "{'steps':0}                            | method.supervised.hyperparameters.steps",
                "{'max_tokens':1}                       | method.supervised.hyperparameters.max_tokens",
                "{'max_tokens':100000}                  | method.supervised.hyperparameters.max_tokens",
                "{'warmup_ratio':1.5}                   | method.supervised.hyperparameters.warmup_ratio",
                "{'minimum_ratio':-0.1}                 | method.supervised.hyperparameters.minimum_ratio",
                "{'skips_in_a_row':-1}                  | method.supervised.hyperparameters.skips_in_a_row",
                "{'skips_in_all':2000000}               | method.supervised.hyperparameters.skips_in_all",
                "{'validation_split':1}                 | method.supervised.hyperparameters.validation_split",
                "{'patience':2}                         | method.supervised.hyperparameters.validation_split",
                "{'validation_split':0.1,'patience':0}  | method.supervised.hyperparameters.patience",
                "{'validation_split':0.1,'keep':'all'}  | method.supervised.hyperparameters.keep",
                "{'evaluate_every':0}                   | method.supervised.hyperparameters.evaluate_every",
                "{'sample_prompts':'who'}               | method.supervised.hyperparameters.sample_prompts",
                "{'schedule':'steep'}                   | method.supervised.hyperparameters.schedule",
                "{'weight_decay':-1}                    | method.supervised.hyperparameters.weight_decay",
                "{'clip_norm':0}                        | method.supervised.hyperparameters.clip_norm",
                "{'precision':'fp8'}                    | method.supervised.hyperparameters.precision",
                "{'layers':'lost'}                      | method.supervised.hyperparameters.layers",
                "{'quantise':'int4'}                    | method.supervised.hyperparameters.quantise",
                "{'quantise':'nf4','adapter_type':'full'} | method.supervised.hyperparameters.quantise",
                "{'micro_batch':100}                    | method.supervised.hyperparameters.micro_batch",
            })
    void aSettingOutOfBoundsIsRefusedByItsPath(String hyperparameters, String param) {
        Client.Answer answer = team.post(JOBS, """
                {"model":"pebble","training_file":"%s","method":{"type":"supervised","supervised":{"hyperparameters":%s}}}""".formatted(file, hyperparameters.replace('\'', '"')));

        assertRefused(answer, param);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'seed':-1}                                | seed",
                "{'seed':2147483648}                        | seed",
                "{'suffix':''}                              | suffix",
                "{'suffix':'no spaces'}                     | suffix",
                "{'suffix':'a--b'}                          | suffix",
                "{'suffix':'bot.v3'}                        | suffix",
                "{'method':{'type':'dpo'}}                  | method.type",
                "{'method':7}                               | method",
                "{'metadata':{'a':1}}                       | metadata.a",
                "{'integrations':[{'type':'wandb','wandb':{'project':'p'}}]} | integrations",
                "{'integrations':'wandb'}                   | integrations",
                "{'validation_file':'file-none'}            | validation_file",
                "{'training_file':'file-none'}              | training_file",
                "{'training_file':7}                        | training_file",
                "{'model':'nobody/has-this'}                | model",
                "{'model':'../../etc'}                      | model",
                "{'model':null}                             | model",
                "{'hyperparameters':{'n_epochs':99}}        | hyperparameters.n_epochs",
            })
    void aFieldThatCannotBeAcceptedIsNamed(String more, String param) {
        String body = """
                {"model":"pebble","training_file":"%s",%s""".formatted(file, more.replace('\'', '"').substring(1));

        assertRefused(team.post(JOBS, body), param);
    }

    @Test
    void aFolderOfTheMachineIsNoBaseModel() {
        String folder = System.getProperty("moraine.models") + "/pebble";

        assertRefused(team.post(JOBS, Stage.request(file, Map.of("model", folder))), "model");
    }

    @ParameterizedTest
    @ValueSource(strings = {"globex/x", "globex/x@v1", "globex/x@refs/heads/main"})
    void whatAnotherTeamOwnsIsNoBaseModelWhateverItsRevision(String model) {
        stage.team("globex");

        Client.Answer refused = team.post(JOBS, Stage.request(file, Map.of("model", model)));

        assertRefused(refused, "model");
        assertThat(refused.json().at("/error/message").asText()).isEqualTo("There is no base model '" + model + "'");
    }

    @Test
    void anotherTeamsFileIsUnknown() {
        assertRefused(stage.team("globex").post(JOBS, Stage.request(file, Map.of())), "training_file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''",
                "'{\"messages\":[{\"role\":\"user\",\"content\":\"only a question\"}]}'",
                "'{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0}]}'",
                "'{\"prompt\":\"p\",\"completion\":\"\"}'",
            })
    void aFileWithNoTrainableTokenIsRefused(String content) {
        String useless = team.upload(content + "\n");

        assertRefused(team.post(JOBS, Stage.request(useless, Map.of())), "training_file");
    }

    @Test
    void aFileThatIsOnlyTrainableAfterALongBeginningIsAccepted() {
        String question = "{\"messages\":[{\"role\":\"user\",\"content\":\"" + "why? ".repeat(1000) + "\"}]}\n";

        String long_ = team.upload(question.repeat(300) + Stage.GOOD_FILE);

        assertThat(team.post(JOBS, Stage.request(long_, Map.of())).status()).isEqualTo(200);
    }

    @Test
    void whatIsNoJsonIsRefused() {
        assertThat(team.post(JOBS, "{\"model\":").status()).isEqualTo(400);
        assertThat(team.post(JOBS, "[1]").status()).isEqualTo(400);
        assertThat(team.post(JOBS, "{\"model\":\"pebble\",\"training_file\":\"a\\u0000b\"}")
                        .status())
                .isEqualTo(400);
        assertThat(team.post(JOBS, "{\"model\":\"\\ud800\"}").status()).isEqualTo(400);
        assertThat(team.post(JOBS, "[".repeat(100_000)).status()).isEqualTo(400);
    }

    @Test
    void anAdapterIsNamedAfterTheSuffixElseTheBaseModel() {
        String named = submit(Map.of("suffix", "my-bot"));
        String unnamed = submit(Map.of());

        assertThat(adapterOf(named)).isEqualTo("acme/my-bot");
        assertThat(adapterOf(unnamed)).isEqualTo("acme/pebble");
    }

    @Test
    void aFileThatWasDeletedSinceTheLastJobOfItIsNotFound() {
        String validation = team.upload(Stage.GOOD_FILE);
        Map<String, Object> request = Stage.request(file, Map.of("validation_file", validation));
        team.post(JOBS, request).ok();

        team.delete("/v1/files/" + validation);
        JsonNode ofValidation = team.post(JOBS, request).json();
        team.delete("/v1/files/" + file);
        JsonNode ofTraining = team.post(JOBS, request).json();

        assertThat(ofValidation.at("/error/code").asText()).isEqualTo("file_not_found");
        assertThat(ofValidation.at("/error/param").asText()).isEqualTo("validation_file");
        assertThat(ofTraining.at("/error/param").asText()).isEqualTo("training_file");
        assertThat(team.get(JOBS).ok().get("data")).hasSize(1);
    }

    @Test
    void jobsAreListedByMetadataInPages() {
        String first = submit(Map.of("metadata", Map.of("env", "a", "run", "1")));
        submit(Map.of("metadata", Map.of("env", "b", "run", "1")));
        String second = submit(Map.of("metadata", Map.of("env", "a", "run", "2")));
        String third = submit(Map.of("metadata", Map.of("env", "a", "run", "1")));

        JsonNode page = team.get(JOBS + "?limit=2&metadata%5Benv%5D=a").ok();
        JsonNode rest =
                team.get(JOBS + "?limit=2&metadata%5Benv%5D=a&after=" + second).ok();
        JsonNode both =
                team.get(JOBS + "?metadata%5Brun%5D=1&metadata%5Benv%5D=a").ok();

        assertThat(ids(page)).containsExactly(third, second);
        assertThat(page.get("has_more").asBoolean()).isTrue();
        assertThat(ids(rest)).containsExactly(first);
        assertThat(ids(both)).containsExactly(third, first);
        assertThat(ids(team.get(JOBS + "?metadata%5Benv%5D=c").ok())).isEmpty();
    }

    @Test
    void jobsAreListedNewestFirstInPagesAndByMetadata() {
        String first = submit(Map.of("metadata", Map.of("env", "b c", "team", "a")));
        String second = submit(Map.of("metadata", Map.of("env", "d")));
        String third = submit(Map.of());
        stage.team("globex").upload(Stage.GOOD_FILE);

        JsonNode page = team.get(JOBS + "?limit=2").ok();
        JsonNode rest = team.get(JOBS + "?limit=2&after=" + second).ok();

        assertThat(ids(page)).containsExactly(third, second);
        assertThat(page.get("has_more").asBoolean()).isTrue();
        assertThat(ids(rest)).containsExactly(first);
        assertThat(rest.get("has_more").asBoolean()).isFalse();
        assertThat(ids(team.get(JOBS + "?metadata%5Bteam%5D=a&metadata%5Benv%5D=b%20c")
                        .ok()))
                .containsExactly(first);
        assertThat(ids(team.get(JOBS + "?metadata=null").ok())).containsExactly(third);
        assertThat(ids(team.get(JOBS + "?metadata=").ok())).containsExactly(third);
        assertThat(ids(stage.team("globex").get(JOBS).ok())).isEmpty();
        assertThat(team.get(JOBS + "?limit=0").status()).isEqualTo(400);
        assertThat(team.get(JOBS + "?after=ftjob-none").status()).isEqualTo(400);
    }

    @Test
    void anotherTeamsJobIsNotThere() {
        String job = submit(Map.of());
        Client other = stage.team("globex");

        for (String path : List.of("", "/events", "/events?stream=true", "/checkpoints")) {
            Client.Answer answer = other.get(JOBS + "/" + job + path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.json().at("/error/code").asText()).isEqualTo("fine_tuning_job_not_found");
        }
        assertThat(other.post(JOBS + "/" + job + "/cancel").status()).isEqualTo(404);
    }

    @Test
    void checkpointsAreAnEmptyPage() {
        JsonNode page = team.get(JOBS + "/" + submit(Map.of()) + "/checkpoints").ok();

        assertThat(page.toString())
                .isEqualTo("{\"object\":\"list\",\"data\":[],\"has_more\":false,\"first_id\":null,\"last_id\":null}");
    }

    @Test
    void pebbleIsAmongTheModels() {
        JsonNode models = team.get("/v1/models").ok();

        assertThat(models.get("data").findValuesAsText("id")).contains("pebble");
        assertThat(team.get("/v1/models/pebble").ok().get("object").asText()).isEqualTo("model");
        assertThat(team.get("/v1/models/nobody%2Fhas-this")
                        .json()
                        .at("/error/message")
                        .asText())
                .contains("nobody/has-this");
    }

    private String submit(Map<String, ?> more) {
        return team.post(JOBS, Stage.request(file, more)).ok().get("id").asText();
    }

    private String adapterOf(String job) {
        return stage.database()
                .withHandle(handle -> handle.select("SELECT spec ->> 'adapter' FROM jobs WHERE id = ?", job)
                        .mapTo(String.class)
                        .one());
    }

    private static List<String> ids(JsonNode page) {
        return page.get("data").findValuesAsText("id");
    }

    private void assertRefused(Client.Answer answer, String param) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().at("/error/param").asText()).as(answer.text()).isEqualTo(param);
        assertThat(answer.json().at("/error/type").asText()).isEqualTo("invalid_request_error");
        assertThat(answer.json().at("/error/message").asText()).isNotEmpty();
        assertThat(answer.header("x-request-id")).startsWith("req_");
        assertThat(team.get(JOBS).ok().get("data")).isEmpty();
    }
}
