package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobSpec;

/** Attempts that end without an adapter, and what is said about them. */
@NullUnmarked // its fields are set when it is started
@QuarkusTest
@QuarkusTestResource(Surroundings.class)
class FailedAttemptTest {

    private Surroundings around;

    @AfterEach
    void theWorkFolderIsEmpty() {
        around.awaitEmptyWorkFolder();
    }

    @Test
    void aTrainingFileOfAnotherDigestFailsForGood() {
        JobSpec spec = Jobs.of(2);
        around.others()
                .add(
                        spec,
                        new String(Jobs.QUESTIONS, StandardCharsets.UTF_8)
                                .replace("number 7", "number 8")
                                .getBytes(StandardCharsets.UTF_8));

        around.dispatch(spec.job(), 1);

        JobEvent.Failed failed = around.awaitLast(spec.job(), JobEvent.Failed.class);
        assertThat(failed.again()).isFalse();
        assertThat(failed.problem().code()).isEqualTo("invalid_training_file");
        assertThat(failed.problem().message())
                .contains(spec.trainingFile().digest().hex());
        assertThat(around.events(spec.job(), JobEvent.Started.class)).isEmpty();
    }

    @Test
    void aBaseModelInAStoreThatThisWorkerDoesNotKnowIsLeftToAnother() {
        JobSpec spec = Jobs.of("s3://moraine-models/small", Jobs.QUESTIONS, 2);
        around.others().add(spec, Jobs.QUESTIONS);

        around.dispatch(spec.job(), 1);

        JobEvent.Failed failed = around.awaitLast(spec.job(), JobEvent.Failed.class);
        assertThat(failed.again()).isTrue();
        assertThat(failed.problem().field()).isEqualTo("model");
        assertThat(failed.problem().message()).contains("no object store is known here (MORAINE_S3_ENDPOINT");
    }

    @Test
    void aBrokenLineFailsForGoodAndIsNamed() {
        byte[] broken = "{\"messages\": []}\n".getBytes(StandardCharsets.UTF_8);
        JobSpec spec = Jobs.of("small", broken, 2);
        around.others().add(spec, broken);

        around.dispatch(spec.job(), 1);

        JobEvent.Failed failed = around.awaitLast(spec.job(), JobEvent.Failed.class);
        assertThat(failed.again()).isFalse();
        assertThat(failed.problem().field()).isEqualTo("training_file");
        assertThat(failed.problem().message()).containsIgnoringCase("line 1");
    }

    @Test
    void aLossThatIsNoNumberFailsForGoodAndSaysSo() {
        JobSpec spec = Jobs.of("broken", Jobs.QUESTIONS, 2);
        around.others().add(spec, Jobs.QUESTIONS);

        around.dispatch(spec.job(), 1);

        JobEvent.Failed failed = around.awaitLast(spec.job(), JobEvent.Failed.class);
        assertThat(failed.again()).isFalse();
        assertThat(failed.problem().message()).contains("NaN", "no step made an update");
    }

    @Test
    void aBaseModelThatIsNotHereMayBeElsewhere() {
        JobSpec spec = Jobs.of("nowhere", Jobs.QUESTIONS, 2);
        around.others().add(spec, Jobs.QUESTIONS);

        around.dispatch(spec.job(), 1);

        JobEvent.Failed failed = around.awaitLast(spec.job(), JobEvent.Failed.class);
        assertThat(failed.again()).isTrue();
        assertThat(failed.problem().code()).isEqualTo("model_not_found");
    }
}
