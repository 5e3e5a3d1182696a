package org.moraine.registry.blob;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.Digest;

/** Reads blobs to see whether they still are what their names say. */
@ApplicationScoped
public class Scrubber {

    private static final Logger LOG = Logger.getLogger(Scrubber.class);

    private final Jdbi jdbi;
    private final Blobs blobs;

    Scrubber(Jdbi jdbi, Blobs blobs) {
        this.jdbi = jdbi;
        this.blobs = blobs;
    }

    /** What was read. */
    public record Scrubbed(int blobs, long bytes, int damaged) {}

    private record Row(Digest digest, long size) {}

    /**
     * Reads the blobs that were not read since a moment, those first that were not for longest. A damaged one is marked,
     * and is sound again when it is sent again.
     *
     * @param before what was checked later is left out
     * @param bytes stops after about so many
     */
    public Scrubbed scrub(Instant before, long bytes) throws IOException {
        int read = 0;
        long left = bytes;
        int damaged = 0;
        while (left > 0) {
            List<Row> next = jdbi.withHandle(handle -> handle.select("""
                            SELECT digest, size FROM blobs
                            WHERE damaged_at IS NULL AND (checked_at IS NULL OR checked_at < ?)
                            ORDER BY checked_at NULLS FIRST LIMIT 100""", before.atOffset(ZoneOffset.UTC))
                    .map((row, context) -> new Row(new Digest(row.getString("digest")), row.getLong("size")))
                    .list());
            if (next.isEmpty()) {
                break;
            }
            for (Row row : next) {
                if (left <= 0) {
                    break;
                }
                damaged += blobs.check(row.digest, row.size) ? 0 : 1;
                left -= Math.max(1, row.size);
                read++;
            }
        }
        if (damaged > 0) {
            LOG.errorf("Blobs are damaged; send them again blobs=%d", damaged);
        }
        return new Scrubbed(read, bytes - left, damaged);
    }
}
