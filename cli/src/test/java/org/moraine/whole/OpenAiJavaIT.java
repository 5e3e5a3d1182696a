package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.HttpResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.checkpoints.permissions.PermissionCreateParams;
import com.openai.models.finetuning.checkpoints.permissions.PermissionDeleteParams;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.FineTuningJobEvent;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.finetuning.jobs.JobListEventsParams;
import com.openai.models.finetuning.jobs.JobListParams;
import com.openai.models.finetuning.jobs.checkpoints.FineTuningJobCheckpoint;
import com.openai.models.finetuning.methods.SupervisedHyperparameters;
import com.openai.models.finetuning.methods.SupervisedMethod;
import com.openai.models.uploads.UploadCompleteParams;
import com.openai.models.uploads.UploadCreateParams;
import com.openai.models.uploads.parts.PartCreateParams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The life of a job by OpenAI's own Java client, as Maven has it. */
class OpenAiJavaIT {

    private static final int STEPS = 40;

    private final Stack stack = Stack.shared();
    private final OpenAIClient client = client(stack.local().apiKey());

    @Test
    void aJobIsPausedResumedTrainedAndReadByTheClientsOwnTypes() throws Exception {
        FileObject file = uploadedInParts(TrainingText.lines(40));

        FineTuningJob job = submitted(file.id());
        stack.awaitStep(job.id(), 2);
        client.fineTuning().jobs().pause(job.id());
        FineTuningJob paused = awaitStatus(job.id(), "paused");
        client.fineTuning().jobs().resume(job.id());
        FineTuningJob done = awaitStatus(job.id(), "succeeded");

        assertThat(paused.finishedAt()).isEmpty();
        assertThat(paused.status().value()).isEqualTo(FineTuningJob.Status.Value._UNKNOWN); // it knows no such status
        assertThat(done.validate().status()).isEqualTo(FineTuningJob.Status.SUCCEEDED);
        assertThat(done.trainedTokens())
                .hasValueSatisfying(tokens -> assertThat(tokens).isPositive());
        assertThat(done._additionalProperties()).containsKey("adapter");
        assertThat(messages(done.id())).contains("Fine-tuning job paused", "The job has successfully completed");
        assertThat(text(done.resultFiles().get(0)).lines())
                .hasSize(STEPS + 1)
                .startsWith("step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy");
        assertThat(listed("java")).containsExactly(done.id());
        assertThat(listed("nobody")).isEmpty();
        String model = done.fineTunedModel().orElseThrow();
        assertThat(client.models().retrieve(model).validate().ownedBy()).isEqualTo("local");
        assertShared(done.id());
        assertThat(client.models().delete(model).deleted()).isTrue();
        assertThatThrownBy(() -> client.fineTuning().jobs().cancel(done.id()))
                .isInstanceOfSatisfying(
                        OpenAIServiceException.class,
                        conflict -> assertThat(conflict.statusCode()).isEqualTo(409));
    }

    @Test
    void aRefusalNamesItsFieldInTheClientsOwnError() {
        assertThatThrownBy(() -> submitted("file-none"))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        refused -> assertThat(refused.param()).contains("training_file"));
    }

    private FileObject uploadedInParts(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String upload = client.uploads()
                .create(UploadCreateParams.builder()
                        .filename("training.jsonl")
                        .purpose(FilePurpose.FINE_TUNE)
                        .bytes(bytes.length)
                        .mimeType("text/jsonl")
                        .build())
                .validate()
                .id();
        String second = part(upload, Arrays.copyOfRange(bytes, 100, bytes.length));
        String first = part(upload, Arrays.copyOf(bytes, 100));
        return client.uploads()
                .complete(
                        upload,
                        UploadCompleteParams.builder()
                                .partIds(List.of(first, second))
                                .build())
                .validate()
                .file()
                .orElseThrow();
    }

    private String part(String upload, byte[] data) {
        return client.uploads()
                .parts()
                .create(upload, PartCreateParams.builder().data(data).build())
                .validate()
                .id();
    }

    private FineTuningJob submitted(String file) {
        return client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("pebble")
                        .trainingFile(file)
                        .suffix("java")
                        .seed(1)
                        .metadata(JobCreateParams.Metadata.builder()
                                .putAdditionalProperty("by", JsonValue.from("java"))
                                .build())
                        .method(JobCreateParams.Method.builder()
                                .type(JobCreateParams.Method.Type.SUPERVISED)
                                .supervised(SupervisedMethod.builder()
                                        .hyperparameters(SupervisedHyperparameters.builder()
                                                .batchSize(8)
                                                .putAdditionalProperty("rank", JsonValue.from(4))
                                                .putAdditionalProperty("steps", JsonValue.from(STEPS))
                                                .build())
                                        .build())
                                .build())
                        .build())
                .validate();
    }

    private FineTuningJob awaitStatus(String job, String status) {
        return Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(100))
                .until(
                        () -> client.fineTuning().jobs().retrieve(job),
                        found -> found.status().asString().equals(status));
    }

    private List<String> messages(String job) {
        JobListEventsParams pages = JobListEventsParams.builder().limit(10).build();
        return client.fineTuning().jobs().listEvents(job, pages).autoPager().stream()
                .map(FineTuningJobEvent::message)
                .toList();
    }

    private List<String> listed(String by) {
        JobListParams with = JobListParams.builder()
                .limit(1)
                .metadata(JobListParams.Metadata.builder()
                        .putAdditionalProperty("by", by)
                        .build())
                .build();
        return client.fineTuning().jobs().list(with).autoPager().stream()
                .map(FineTuningJob::id)
                .toList();
    }

    /** Another team sees a checkpoint while the admin lets it. */
    private void assertShared(String job) {
        OpenAIClient other = client(stack.keyOf("globex"));
        OpenAIClient admin = client(stack.adminKey());
        FineTuningJobCheckpoint checkpoint = client.fineTuning()
                .jobs()
                .checkpoints()
                .list(job)
                .items()
                .get(0)
                .validate();
        String model = checkpoint.fineTunedModelCheckpoint();
        String permission = admin.fineTuning()
                .checkpoints()
                .permissions()
                .create(
                        model,
                        PermissionCreateParams.builder().addProjectId("globex").build())
                .items()
                .get(0)
                .validate()
                .id();
        assertThat(other.models().retrieve(model).id()).isEqualTo(model);
        PermissionDeleteParams revoked =
                PermissionDeleteParams.builder().fineTunedModelCheckpoint(model).build();
        assertThat(admin.fineTuning()
                        .checkpoints()
                        .permissions()
                        .delete(permission, revoked)
                        .deleted())
                .isTrue();
        assertThatThrownBy(() -> other.models().retrieve(model)).isInstanceOf(OpenAIServiceException.class);
    }

    private String text(String file) throws IOException {
        try (HttpResponse content = client.files().content(file)) {
            return new String(content.body().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(stack.local().jobsUrl() + "/v1")
                .apiKey(key)
                .build();
    }
}
