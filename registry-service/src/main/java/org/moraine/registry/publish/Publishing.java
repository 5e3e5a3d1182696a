package org.moraine.registry.publish;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Publication;
import org.moraine.contracts.Refused;
import org.moraine.registry.adapter.Adapters;
import org.moraine.registry.blob.Blobs;
import org.moraine.registry.signature.Signatures;
import org.moraine.registry.version.NewVersion;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.Versions;

/** Makes the one version of a job. */
@ApplicationScoped
class Publishing {

    private static final Logger LOG = Logger.getLogger(Publishing.class);
    private static final int TRIES = 3;
    private static final int MOST_NAMED = 10;

    private final Jdbi jdbi;
    private final Adapters adapters;
    private final Versions versions;
    private final Blobs blobs;
    private final Signatures signatures;

    Publishing(Jdbi jdbi, Adapters adapters, Versions versions, Blobs blobs, Signatures signatures) {
        this.jdbi = jdbi;
        this.adapters = adapters;
        this.versions = versions;
        this.blobs = blobs;
        this.signatures = signatures;
    }

    /** The job's version, and whether it was made just now. */
    record Outcome(Publication.Made made, boolean now) {}

    /**
     * Makes the job's files the adapter's next version, or finds the version that the job has. Throws {@link Refused}
     * where a blob is not stored or is of another size, or where the job published into another adapter; nothing is
     * changed then.
     */
    Outcome publish(AdapterName adapter, Publication publication) throws IOException {
        check(publication);
        for (int tried = 1; ; tried++) {
            Optional<Version> before = versions.madeBy(publication.job());
            if (before.isPresent()) {
                return again(adapter, before.get());
            }
            requireStored(publication.manifest());
            try {
                return inOneTransaction(adapter, publication);
            } catch (UnableToExecuteStatementException e) {
                if (tried == TRIES || !overtaken(e)) {
                    throw e;
                }
            }
        }
    }

    private Outcome inOneTransaction(AdapterName adapter, Publication publication) {
        Outcome outcome = jdbi.inTransaction(transaction -> {
            Adapters.Turn turn = adapters.takeTurn(transaction, adapter);
            Optional<Version> before = versions.madeBy(publication.job()); // by who had the turn before
            if (before.isPresent()) {
                return again(adapter, before.get());
            }
            versions.add(transaction, turn.adapterId(), turn.version(), NewVersion.of(publication));
            signatures.sign(transaction, turn.adapterId(), adapter, turn.version(), publication.manifest());
            adapters.finishTurn(transaction, turn);
            String commit = publication.manifest().commit();
            return new Outcome(new Publication.Made(adapter, turn.version(), commit), true);
        });
        if (outcome.now) {
            LOG.infof(
                    "Version published job=%s adapter=%s version=%d commit=%s",
                    publication.job(), adapter, outcome.made.version(), outcome.made.commit());
        }
        return outcome;
    }

    private static Outcome again(AdapterName adapter, Version before) {
        if (!before.adapter().equals(adapter)) {
            throw Refused.conflict(
                    "published_elsewhere",
                    "Job " + before.job() + " is published as " + before.adapter() + " " + before.tag()
                            + " and makes no other version");
        }
        return new Outcome(new Publication.Made(adapter, before.version(), before.commit()), false);
    }

    private void requireStored(Manifest manifest) throws IOException {
        List<String> missing = new ArrayList<>();
        Map<Digest, OptionalLong> sizes = new HashMap<>();
        for (Manifest.File file : manifest.files()) {
            OptionalLong size = sizes.get(file.digest());
            if (size == null) {
                size = blobs.size(file.digest());
                sizes.put(file.digest(), size);
            }
            if (size.isEmpty()) {
                missing.add(file.path() + " (" + file.digest() + ")");
            } else if (size.getAsLong() != file.size()) {
                throw Refused.invalid(
                        "wrong_size",
                        "manifest.files.size",
                        "The blob of " + file.path() + " has " + size.getAsLong() + " bytes, not " + file.size());
            }
        }
        if (!missing.isEmpty()) {
            throw Refused.conflict(
                    "blobs_missing",
                    missing.size() + " of the blobs are not stored; put them first: "
                            + String.join(", ", missing.subList(0, Math.min(MOST_NAMED, missing.size()))));
        }
    }

    private static void check(Publication publication) {
        require("job", publication.job());
        require("base_model", publication.baseModel());
        require("method", publication.method());
        require("settings", publication.settings());
        require("manifest", publication.manifest());
        String base = publication.baseModel();
        if (base.isBlank() || base.length() > 512 || base.chars().anyMatch(Character::isISOControl)) {
            throw Refused.invalid("base_model", "base_model is the base model's name, at most 512 letters");
        }
    }

    private static void require(String field, @Nullable Object value) {
        if (value == null) {
            throw Refused.invalid(field, field + " is missing");
        }
    }

    /** Whether another transaction published the job elsewhere, or took a blob away, between our look and our write. */
    private static boolean overtaken(UnableToExecuteStatementException e) {
        return e.getCause() instanceof SQLException cause
                && cause.getSQLState() != null
                && cause.getSQLState().startsWith("23");
    }
}
