package org.moraine.registry.blob;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;

/**
 * Takes away the blobs that nothing holds any more, and brings rows and objects together again where a crash came between
 * the two. A blob is held by every version that has it, a deleted one included until it is purged, and by its grace.
 *
 * <p>A blob goes under the lock that {@link Blobs} takes to write its row, row and object in one transaction, so nobody
 * who sends it meanwhile ends with a row without bytes; the database keeps a row that a version refers to. A pull that
 * runs has its object open already. Under a {@link CollectionHold} nothing goes.
 */
@ApplicationScoped
public class GarbageCollector {

    private static final Logger LOG = Logger.getLogger(GarbageCollector.class);

    /** PostgreSQL's code for a row that another refers to. */
    private static final String STILL_HELD = "23503";

    private final Jdbi jdbi;
    private final BlobStore store;
    private final Blobs blobs;

    GarbageCollector(Jdbi jdbi, BlobStore store, Blobs blobs) {
        this.jdbi = jdbi;
        this.store = store;
        this.blobs = blobs;
    }

    /**
     * What a collection did, or would do.
     *
     * @param blobs that nothing held
     * @param bytes of them
     * @param strays objects that no row was written for
     * @param lost blobs that versions have and the object store has not
     */
    public record Collected(int blobs, long bytes, int strays, int lost) {
        /** Both together. */
        public Collected plus(Collected more) {
            return new Collected(blobs + more.blobs, bytes + more.bytes, strays + more.strays, lost + more.lost);
        }
    }

    /** A row as it stands. */
    private record Row(long size, boolean held, boolean expected, Instant storedAt, Instant usedAt) {}

    /**
     * Goes through all blobs, one share of them at a time.
     *
     * @param before grace: what was used or stored later stays
     * @param dry whether to say only what would be done, and to look for lost blobs among those in their grace too, as who
     *     has restored a backup wants to know
     */
    public Collected collect(Instant before, boolean dry) throws IOException {
        Collected all = new Collected(0, 0, 0, 0);
        for (int share = 0; share < BlobStore.SHARES; share++) {
            all = all.plus(collect(share, before, dry));
        }
        return all;
    }

    /** As {@link #collect(Instant, boolean)} for one share. */
    public Collected collect(int share, Instant before, boolean dry) throws IOException {
        Set<Digest> objects = new HashSet<>(store.storedBefore(share, before));
        Map<Digest, Row> rows = rows(share); // read after the objects: a row's object was there before it
        int collected = 0;
        long bytes = 0;
        int strays = 0;
        int lost = 0;
        for (Map.Entry<Digest, Row> entry : rows.entrySet()) {
            Digest digest = entry.getKey();
            Row row = entry.getValue();
            if (!row.held && row.usedAt.isBefore(before)) {
                if (dry || collectRow(digest, before)) {
                    collected++;
                    bytes += row.size;
                }
            } else if (row.held
                    && !row.expected
                    && (dry || row.storedAt.isBefore(before))
                    && !objects.contains(digest)
                    && isLost(digest)) {
                lost++;
                if (!dry) {
                    blobs.markDamaged(digest, "Versions have it and the object store has not");
                }
            }
        }
        for (Digest object : objects) {
            if (!rows.containsKey(object) && (dry || collectStray(object))) {
                strays++;
            }
        }
        return new Collected(collected, bytes, strays, lost);
    }

    private Map<Digest, Row> rows(int share) {
        String prefix = HexFormat.of().toHexDigits((byte) share);
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT digest, size, stored_at, used_at, expected,
                               EXISTS (SELECT FROM version_files f WHERE f.digest = b.digest) AS held
                        FROM blobs b WHERE digest >= ? AND digest < ?""", prefix, prefix + "g")
                .reduceRows(new HashMap<>(), (rows, row) -> {
                    rows.put(
                            new Digest(row.getColumn("digest", String.class)),
                            new Row(
                                    row.getColumn("size", Long.class),
                                    row.getColumn("held", Boolean.class),
                                    row.getColumn("expected", Boolean.class),
                                    row.getColumn("stored_at", OffsetDateTime.class)
                                            .toInstant(),
                                    row.getColumn("used_at", OffsetDateTime.class)
                                            .toInstant()));
                    return rows;
                }));
    }

    /** Row first: where a version takes the blob up at this moment the database keeps the row, and the object stays. */
    private boolean collectRow(Digest digest, Instant before) throws IOException {
        try {
            return jdbi.<Boolean, IOException>inTransaction(transaction -> {
                if (CollectionHold.isOn(transaction)) {
                    return false;
                }
                Blobs.lock(transaction, digest);
                int removed = transaction.execute("""
                        DELETE FROM blobs b WHERE digest = ? AND used_at < ?
                        AND NOT EXISTS (SELECT FROM version_files f WHERE f.digest = b.digest)""", digest.hex(), before.atOffset(ZoneOffset.UTC));
                if (removed == 1) {
                    store.delete(digest);
                    LOG.debugf("Blob collected digest=%s", digest);
                }
                return removed == 1;
            });
        } catch (UnableToExecuteStatementException e) {
            if (e.getCause() instanceof SQLException cause && STILL_HELD.equals(cause.getSQLState())) {
                return false;
            }
            throw e;
        }
    }

    private boolean collectStray(Digest digest) throws IOException {
        return jdbi.<Boolean, IOException>inTransaction(transaction -> {
            if (CollectionHold.isOn(transaction)) {
                return false;
            }
            Blobs.lock(transaction, digest);
            boolean known = transaction
                    .select("SELECT 1 FROM blobs WHERE digest = ?", digest.hex())
                    .mapTo(int.class)
                    .findOne()
                    .isPresent();
            if (!known) {
                store.delete(digest);
            }
            return !known;
        });
    }

    private boolean isLost(Digest digest) throws IOException {
        return store.size(digest).isEmpty();
    }
}
