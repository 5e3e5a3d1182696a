package org.moraine.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class JobStatusTest {

    @Test
    void noStatusGoesBackButByAResumeOrARequeue() {
        for (JobStatus from : JobStatus.values()) {
            assertThat(from.next())
                    .allMatch(to -> to.compareTo(from) > 0
                            || (Set.of(JobStatus.PAUSED, JobStatus.FAILED).contains(from) && to == JobStatus.QUEUED));
        }
    }

    @Test
    void aJobThatHasEndedStaysAsItIs() {
        assertThat(Set.of(JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED))
                .allMatch(JobStatus::ended);
        assertThat(Set.of(JobStatus.VALIDATING_FILES, JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.PAUSED))
                .noneMatch(JobStatus::ended);
    }
}
