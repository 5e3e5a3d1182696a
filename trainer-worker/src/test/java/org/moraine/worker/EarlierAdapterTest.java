package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.EarlierAdapter;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Publication;
import org.moraine.engine.training.TrainingRecord;

/** Jobs that train a version further, whose bytes are where the registry's links lead to. */
@NullUnmarked // its fields are set when it is started
@QuarkusTest
@QuarkusTestResource(Surroundings.class)
class EarlierAdapterTest {

    private Surroundings around;

    @Inject
    ObjectMapper json;

    private Publication first;
    private EarlierAdapter earlier;

    @BeforeEach
    void aVersion() {
        JobSpec spec = Jobs.of(6);
        around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        around.awaitLast(spec.job(), JobEvent.Published.class);
        first = around.others().published(spec.job()).orElseThrow();
        earlier = new EarlierAdapter(
                "ft:small:acme::12345678", spec.adapter(), 1, first.manifest().commit());
    }

    @AfterEach
    void theWorkFolderIsEmpty() {
        around.awaitEmptyWorkFolder();
    }

    @Test
    void aJobBeginsWhereTheVersionEndedAndItsOwnVersionSaysSo() throws IOException {
        JobSpec spec = Jobs.further(earlier, 4);
        around.others().add(spec, Jobs.QUESTIONS);

        around.dispatch(spec.job(), 1);

        around.awaitLast(spec.job(), JobEvent.Published.class);
        Publication second = around.others().published(spec.job()).orElseThrow();
        TrainingRecord before = record(first);
        TrainingRecord after = record(second);
        assertThat(after.steps().get(0).loss())
                .as("the same batch, to the adapter that learnt it")
                .isLessThan(before.steps().get(0).loss());
        assertThat(before.earlier()).isNull();
        assertThat(after.earlier()).isEqualTo("ft:small:acme::12345678");
        assertThat(second.settings()).containsEntry("earlier_adapter", "acme/numbers@v1");
        assertThat(new String(file(second, "README.md"), StandardCharsets.UTF_8))
                .contains("trained further from `acme/numbers@v1` by Moraine job");
    }

    @Test
    void bytesThatAreNotTheVersionsFailTheAttemptWhichMayDoBetterAgain() {
        around.others().damage(described(first, "mora/adapter_model.safetensors"));

        JobEvent.Failed failed = failed(earlier);

        assertThat(failed.problem().code()).isEqualTo("content_altered");
        assertThat(failed.problem().message()).contains("mora/adapter_model.safetensors of acme/numbers@v1");
        assertThat(failed.again()).isTrue();
    }

    @Test
    void aVersionThatIsGoneFailsTheJob() {
        JobEvent.Failed failed = failed(new EarlierAdapter(earlier.model(), earlier.adapter(), 2, earlier.commit()));

        assertThat(failed.problem().code()).isEqualTo("adapter_not_found");
        assertThat(failed.problem().message()).isEqualTo("acme/numbers@v2 is not in the registry any more");
        assertThat(failed.again()).isFalse();
    }

    private JobEvent.Failed failed(EarlierAdapter further) {
        JobSpec spec = Jobs.further(further, 4);
        around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        return around.awaitLast(spec.job(), JobEvent.Failed.class);
    }

    private TrainingRecord record(Publication publication) throws IOException {
        return json.readValue(file(publication, "training.json"), TrainingRecord.class);
    }

    private byte[] file(Publication publication, String path) {
        return around.others().blob(described(publication, path).digest());
    }

    private static Manifest.File described(Publication publication, String path) {
        return publication.manifest().files().stream()
                .filter(file -> file.path().equals(path))
                .findFirst()
                .orElseThrow();
    }
}
