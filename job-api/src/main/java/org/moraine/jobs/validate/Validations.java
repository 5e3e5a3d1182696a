package org.moraine.jobs.validate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.moraine.contracts.JobId;

/** The table of reports, one for each job whose file was looked through. */
@Singleton
class Validations {

    /** A statement part that keeps the report {@code :report}, where there is one, of the job that the part {@code added} has. */
    static final String ADDING = """
            reported AS (
                INSERT INTO validations (job, report, made_at)
                SELECT id, :report::jsonb, :now FROM added WHERE :report::jsonb IS NOT NULL)""";

    private final Jdbi jdbi;
    private final ObjectMapper json;

    Validations(Jdbi jdbi, ObjectMapper json) {
        this.jdbi = jdbi;
        this.json = json;
    }

    /** Keeps jobs' reports, in the transaction that moves the jobs; one that is looked at again has the newer report. */
    void keep(Handle handle, List<ValidationReport> reports, Instant now) {
        if (reports.isEmpty()) {
            return;
        }
        PreparedBatch batch = handle.prepareBatch("""
                INSERT INTO validations (job, report, made_at) VALUES (?, ?::jsonb, ?)
                ON CONFLICT (job) DO UPDATE SET report = excluded.report, made_at = excluded.made_at""");
        reports.forEach(report -> batch.add(report.job(), write(report), now));
        batch.execute();
    }

    String write(ValidationReport report) {
        try {
            return json.writeValueAsString(report).replace("\\u0000", "\\ufffd"); // which PostgreSQL cannot hold
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A report cannot be written", e);
        }
    }

    /** A job's report; empty where its file was not looked through yet. */
    Optional<ValidationReport> find(JobId job) {
        return jdbi.withHandle(handle -> handle.select("SELECT report FROM validations WHERE job = ?", job.value())
                        .mapTo(String.class)
                        .findOne())
                .map(this::read);
    }

    private ValidationReport read(String report) {
        try {
            return json.readValue(report, ValidationReport.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A report that was written cannot be read", e);
        }
    }
}
