package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.ChosenSettings;
import org.moraine.contracts.Digest;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Publication;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.WorkerPresence;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.training.TrainingRecord;

/** The worker as it runs, between a real broker and the other services. */
@NullUnmarked // its fields are set when it is started
@QuarkusTest
@QuarkusTestResource(Surroundings.class)
class WorkerTest {

    private Surroundings around;

    @Inject
    ObjectMapper json;

    @TestHTTPResource("/q/")
    URI management;

    @AfterEach
    void theWorkFolderIsEmpty() {
        around.awaitEmptyWorkFolder();
    }

    @Test
    void aDispatchedJobIsClaimedTrainedAndPublished() throws Exception {
        JobSpec spec = Jobs.of(6);
        around.others().add(spec, Jobs.QUESTIONS);

        around.dispatch(spec.job(), 1);

        JobEvent.Published last = around.awaitLast(spec.job(), JobEvent.Published.class);
        Publication publication = around.others().published(spec.job()).orElseThrow();
        assertThat(last.adapter()).isEqualTo(AdapterName.of("acme/numbers"));
        assertThat(last.version()).isEqualTo(1);
        assertThat(last.commit()).isEqualTo(publication.manifest().commit());
        assertThat(publication.settings()).containsEntry("method", "mora").containsEntry("steps", 6);
        assertThat(publication.manifest().files())
                .extracting(Manifest.File::path)
                .containsExactly(
                        "README.md",
                        "adapter_config.json",
                        "adapter_model.safetensors",
                        "export.json",
                        "loss.png",
                        "mora/adapter_config.json",
                        "mora/adapter_model.safetensors",
                        "special_tokens_map.json",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "training.json");
        assertThat(new String(file(publication, "adapter_config.json"), StandardCharsets.UTF_8))
                .doesNotContain("use_mora");
        assertThat(new String(file(publication, "mora/adapter_config.json"), StandardCharsets.UTF_8))
                .contains("\"use_mora\" : true");
        TrainingRecord record = json.readValue(file(publication, "training.json"), TrainingRecord.class);
        assertThat(record.steps()).hasSize(6);
        assertThat(record.training()).isEqualTo(spec.trainingSettings());
        assertThat(record.madeBy().engine()).matches("[0-9]+[.][0-9]+.*");
        assertThat(record.madeBy().libtorch()).matches("[0-9]+[.][0-9]+.*");
        assertThat(record.madeBy().image()).isEqualTo("acme/worker:7");
        BufferedImage losses = ImageIO.read(new ByteArrayInputStream(file(publication, "loss.png")));
        assertThat(coloursOf(losses)).contains(0xFF2563EB).doesNotContain(0xFFEA580C);
        assertThat(new String(file(publication, "README.md"), StandardCharsets.UTF_8))
                .startsWith("---\nbase_model: \"small\"\nlibrary_name: peft\n")
                .contains(
                        "![The loss of each step](loss.png)",
                        Digest.of(Jobs.QUESTIONS).hex())
                .contains("vllm serve small --enable-lora --lora-modules numbers=acme/numbers")
                .contains("# acme/numbers", "| final_loss |", "PeftModel.from_pretrained(base, \"acme/numbers\")")
                .doesNotContain("It is the number");
    }

    @Test
    void aJobIsMeasuredOnItsValidationFileWithABaseInFewerBitsAndAWholeHeadAndItsVersionSaysSo() throws Exception {
        JobSpec spec = Jobs.measured(
                6,
                new EvaluationSettings(0, 2, EvaluationSettings.Keep.BEST, 2, List.of()),
                Quantisation.NF4,
                "lm_head");
        around.others().add(spec, Jobs.QUESTIONS, Jobs.OTHER_QUESTIONS);

        around.dispatch(spec.job(), 1);

        around.awaitLast(spec.job(), JobEvent.Published.class);
        Publication publication = around.others().published(spec.job()).orElseThrow();
        TrainingRecord record = json.readValue(file(publication, "training.json"), TrainingRecord.class);
        List<JobEvent.Evaluated> said = around.events(spec.job(), JobEvent.Evaluated.class);
        assertThat(said).extracting(JobEvent.Evaluated::step).containsExactly(2, 4, 6);
        assertThat(said)
                .extracting(JobEvent.Evaluated::trainLoss)
                .containsExactly(
                        record.steps().get(1).loss(),
                        record.steps().get(3).loss(),
                        record.steps().get(5).loss());
        assertThat(record.training().quantise()).isEqualTo(Quantisation.NF4);
        assertThat(record.training().epochs())
                .isNotEqualTo(spec.trainingSettings().epochs());
        assertThat(around.events(spec.job(), JobEvent.Started.class))
                .extracting(JobEvent.Started::chosen)
                .containsExactly(ChosenSettings.of(record.training()));
        assertThat(record.validation())
                .isEqualTo(Digest.of(Jobs.OTHER_QUESTIONS).hex());
        assertThat(record.evaluations())
                .extracting(History.Evaluated::loss)
                .containsExactlyElementsOf(
                        said.stream().map(JobEvent.Evaluated::loss).toList());
        assertThat(new String(file(publication, "adapter_config.json"), StandardCharsets.UTF_8))
                .contains("\"modules_to_save\" : [ \"lm_head\" ]");
        assertThat(new String(file(publication, "README.md"), StandardCharsets.UTF_8))
                .contains(
                        "; in orange on examples that were not learnt",
                        Digest.of(Jobs.OTHER_QUESTIONS).hex())
                .contains("exactly, for `peft`;", "(`lm_head`). vLLM takes no adapter with such modules");
        assertThat(coloursOf(ImageIO.read(new ByteArrayInputStream(file(publication, "loss.png")))))
                .contains(0xFF2563EB, 0xFFEA580C);
        assertThat(publication.settings())
                .containsEntry("modules_to_save", List.of("lm_head"))
                .containsEntry("quantise", "nf4")
                .containsEntry(
                        "valid_loss",
                        said.stream()
                                .mapToDouble(JobEvent.Evaluated::loss)
                                .min()
                                .orElseThrow());
    }

    @Test
    void everyStepIsSaidOnceAndInOrder() {
        JobSpec spec = Jobs.of(5);
        around.others().add(spec, Jobs.QUESTIONS);

        around.dispatch(spec.job(), 1);

        around.awaitLast(spec.job(), JobEvent.Published.class);
        List<JobEvent> events = around.events(spec.job());
        assertThat(events).extracting(JobEvent::sequence).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(events).allSatisfy(event -> assertThat(event.attempt()).isEqualTo(1));
        assertThat(events.get(0).body())
                .isEqualTo(new JobEvent.Started("worker-a", 5, 20, 0, new ChosenSettings(1, 4, 1e-3)));
        assertThat(around.events(spec.job(), JobEvent.Stepped.class))
                .extracting(JobEvent.Stepped::step)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 5).boxed().toList());
    }

    @Test
    void aStaleAttemptIsDroppedAndTheNextIsTaken() {
        JobSpec spec = Jobs.of(2);
        around.others().add(spec, Jobs.QUESTIONS).attempt = 2;

        around.dispatch(spec.job(), 1);
        around.dispatch(spec.job(), 2);

        around.awaitLast(spec.job(), JobEvent.Published.class);
        assertThat(around.events(spec.job())).extracting(JobEvent::attempt).containsOnly(2);
    }

    @Test
    void whatIsNoDispatchIsRejectedAndTheNextIsTaken() {
        around.sendNonsense();

        around.trainAnotherJob();
    }

    @Test
    void theWorkerIsReadyAndCountsWhatItDid() throws Exception {
        around.trainAnotherJob();

        Surroundings.soon()
                .untilAsserted(() -> assertThat(get("health"))
                        .contains("\"loops\"", "\"kafka\"", "\"job-api\"")
                        .doesNotContain("DOWN"));
        assertThat(get("metrics")).contains("moraine_attempts_total{ending=\"published\"}", "moraine_worker_busy 0.0");
        assertThat(around.others().requests()).contains("PUT /internal/workers/worker-a");
        Surroundings.soon()
                .untilAsserted(() -> assertThat(around.others().presence())
                        .contains(new WorkerPresence(false, Surroundings.KIND, 100e9)));
    }

    private static Set<Integer> coloursOf(BufferedImage image) {
        return Arrays.stream(image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
                .boxed()
                .collect(Collectors.toSet());
    }

    private byte[] file(Publication publication, String path) {
        return publication.manifest().files().stream()
                .filter(file -> file.path().equals(path))
                .map(file -> around.others().blob(file.digest()))
                .findFirst()
                .orElseThrow();
    }

    private String get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(management.resolve(path)).build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
