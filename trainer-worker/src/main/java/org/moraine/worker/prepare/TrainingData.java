package org.moraine.worker.prepare;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import org.jboss.logging.Logger;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Refused;
import org.moraine.worker.Attempt;
import org.moraine.worker.JobApi;

/** A job's training file, brought to this machine. */
@Singleton
public class TrainingData {

    private static final Logger LOG = Logger.getLogger(TrainingData.class);

    private final JobApi jobs;

    TrainingData(JobApi jobs) {
        this.jobs = jobs;
    }

    /**
     * Fetches the file into a folder; once more where the bytes are not those the job names.
     *
     * @throws Refused where they are not even then
     */
    public Path fetch(Attempt attempt, Path folder) throws IOException {
        Path file = folder.resolve("training-file.jsonl");
        for (int tries = 0; tries < 2; tries++) {
            jobs.trainingFile(attempt, file);
            if (isTheJobs(file, attempt.spec())) {
                LOG.infof(
                        "Training file fetched %s bytes=%d",
                        attempt, attempt.spec().trainingFileBytes());
                return file;
            }
        }
        throw Refused.invalid(
                "invalid_training_file",
                "training_file",
                "The training file has " + Files.size(file) + " bytes of digest " + digest(file) + ", the job names "
                        + attempt.spec().trainingFileBytes() + " of "
                        + attempt.spec().trainingFile());
    }

    private static boolean isTheJobs(Path file, JobSpec spec) throws IOException {
        return Files.size(file) == spec.trainingFileBytes() && digest(file).equals(spec.trainingFile());
    }

    private static Digest digest(Path file) throws IOException {
        MessageDigest sha256 = Digest.sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return Digest.finished(sha256);
    }
}
