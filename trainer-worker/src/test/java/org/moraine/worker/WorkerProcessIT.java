package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobSpec;

/** The packaged worker as a process of its own, and how it ends. */
class WorkerProcessIT {

    private static final int ENDED_BY_SIGTERM = 128 + 15;

    private final Surroundings around = new Surroundings();
    private final List<Process> started = new ArrayList<>();
    private Map<String, String> settings = Map.of();

    @BeforeEach
    void start() {
        settings = around.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        around.stop();
    }

    @Test
    void aWorkerThatIsToldToGoFinishesItsStepLeavesACheckpointAndGivesTheLeaseBack() throws Exception {
        JobSpec spec = Jobs.endlessOfLongSteps();
        OtherServices.Job job = around.others().add(spec, Jobs.MANY_QUESTIONS);
        Process worker = startWorker();
        around.dispatch(spec.job(), 1);
        around.awaitTraining(spec.job());

        worker.destroy();

        assertThat(worker.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(worker.exitValue()).isEqualTo(ENDED_BY_SIGTERM);
        assertThat(around.others().requests()).contains("DELETE /internal/leases/" + spec.job() + "/1");
        assertThat(job.checkpoints.get(0).step())
                .isEqualTo(around.events(spec.job(), JobEvent.Stepped.class).size());
        assertThat(around.others().published(spec.job())).isEmpty();
        assertThat(around.work()).isEmpty();
    }

    @Test
    void whatAKilledWorkerLeftIsRemovedByTheNextWhichGoesOnFromItsCheckpointOnFewerDevices() throws Exception {
        JobSpec spec = Jobs.endless();
        OtherServices.Job job = around.others().add(spec, Jobs.QUESTIONS);
        Process killed = startWorker("worker-a", 2);
        around.dispatch(spec.job(), 1);
        Surroundings.soon().untilAsserted(() -> assertThat(job.checkpoints).isNotEmpty());
        killed.destroyForcibly().waitFor();
        assertThat(around.work()).hasSize(1);

        startWorker();

        around.awaitEmptyWorkFolder();
        job.attempt = 2;
        around.dispatch(spec.job(), 2);
        int saved = job.checkpoints.get(0).step();
        assertThat(around.awaitEvent(spec.job(), 2, JobEvent.Started.class).afterStep())
                .isEqualTo(saved);
        assertThat(around.awaitEvent(spec.job(), 2, JobEvent.Stepped.class).step())
                .isEqualTo(saved + 1);
    }

    @Test
    void twoWorkersTakeAJobEach() throws Exception {
        JobSpec one = Jobs.endless();
        JobSpec other = Jobs.endless();
        around.others().add(one, Jobs.QUESTIONS);
        around.others().add(other, Jobs.QUESTIONS);
        startWorker("worker-a", 1);
        startWorker("worker-b", 1);

        around.dispatch(one.job(), 1);
        around.dispatch(other.job(), 1);

        around.awaitTraining(one.job());
        around.awaitTraining(other.job());
        assertThat(startedBy(one)).isNotEqualTo(startedBy(other));
    }

    private String startedBy(JobSpec spec) {
        return around.events(spec.job(), JobEvent.Started.class).get(0).worker();
    }

    private Process startWorker() throws IOException {
        return startWorker("worker-a", 1);
    }

    private Process startWorker(String name, int devices) throws IOException {
        ProcessBuilder command = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-jar",
                        Path.of("target", "quarkus-app", "quarkus-run.jar").toString())
                .redirectErrorStream(true)
                .redirectOutput(Files.createTempFile(Path.of("target"), "worker", ".log")
                        .toFile());
        settings.forEach((key, value) ->
                command.environment().put(key.toUpperCase(Locale.ROOT).replace('.', '_'), value));
        command.environment().put("MORAINE_WORKER_NAME", name);
        command.environment().put("MORAINE_WORKER_DEVICES", Integer.toString(devices));
        // What other services read may stand there too.
        command.environment().put("MORAINE_JOBS_PASSWORD", "none of the worker's");
        command.environment().put("MORAINE_DATABASE_URL", "none of the worker's");
        command.environment().put("QUARKUS_HTTP_HOST", "127.0.0.1");
        command.environment().put("QUARKUS_HTTP_PORT", "0");
        command.environment().put("OMP_WAIT_POLICY", "passive");
        Process process = command.start();
        started.add(process);
        return process;
    }
}
