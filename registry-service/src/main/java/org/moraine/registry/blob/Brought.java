package org.moraine.registry.blob;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/**
 * The blobs that teams send themselves. Bytes are kept once for all teams, but a team may build only on those that it
 * sent or has in a version: that another team's blob is stored is neither told nor of use to who only knows its digest.
 */
@ApplicationScoped
public class Brought {

    private static final Duration LINK = Duration.ofHours(24);

    private final SecureRandom random = new SecureRandom();
    private final Jdbi jdbi;
    private final Blobs blobs;

    Brought(Jdbi jdbi, Blobs blobs) {
        this.jdbi = jdbi;
        this.blobs = blobs;
    }

    private record Link(TeamName team, Digest digest, long size) {}

    /** The size of a blob that a team may build on, whose grace begins anew; empty where it has to send it. */
    public Optional<Long> size(TeamName team, Digest digest) {
        return jdbi.withHandle(handle -> handle.select("""
                        UPDATE blobs b SET used_at = now() WHERE digest = ? AND damaged_at IS NULL AND (
                            EXISTS (SELECT FROM brought t WHERE t.digest = b.digest AND t.team = ?)
                            OR EXISTS (SELECT FROM version_files f JOIN adapters a ON a.id = f.adapter_id
                                       JOIN live_versions v ON v.adapter_id = f.adapter_id AND v.version = f.version
                                       WHERE f.digest = b.digest AND a.team = ?))
                        RETURNING size""", digest.hex(), team.value(), team.value())
                .mapTo(Long.class)
                .findOne());
    }

    /** A secret by which whoever holds it can send one blob for the team, within a day. */
    public String link(TeamName team, Digest digest, long size) {
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        String link = HexFormat.of().formatHex(secret);
        jdbi.useHandle(handle -> handle.execute(
                "INSERT INTO upload_links (link, team, digest, size, expires_at) VALUES (?, ?, ?, ?, ?)",
                link,
                team.value(),
                digest.hex(),
                size,
                OffsetDateTime.now().plus(LINK)));
        return link;
    }

    /** Forgets the links that have run out. */
    public void forgetOldLinks() {
        jdbi.useHandle(handle -> handle.execute("DELETE FROM upload_links WHERE expires_at < now()"));
    }

    /** Takes the blob of a link, which may be sent again. Throws {@link Refused} where it is another, or no such link. */
    public void put(String link, InputStream bytes) throws IOException {
        Link open = jdbi.withHandle(handle -> handle.select(
                                "SELECT team, digest, size FROM upload_links WHERE link = ? AND expires_at > now()",
                                link)
                        .map((row, context) -> new Link(
                                new TeamName(row.getString("team")),
                                new Digest(row.getString("digest")),
                                row.getLong("size")))
                        .findOne())
                .orElseThrow(() -> Refused.absent("link_not_found", "link", "There is no such upload, or no longer"));
        blobs.put(open.digest, open.size, bytes);
        jdbi.useHandle(handle -> handle.execute("""
                        INSERT INTO brought (team, digest) VALUES (?, ?)
                        ON CONFLICT (team, digest) DO UPDATE SET brought_at = now()""", open.team.value(), open.digest.hex()));
    }
}
