package org.moraine.registry.mirror;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.access.Teams;
import org.moraine.blobs.Blob;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;
import org.moraine.registry.adapter.Adapters;
import org.moraine.registry.blob.Blobs;
import org.moraine.registry.blob.Receiving;
import org.moraine.registry.signature.Signatures;
import org.moraine.registry.version.NewVersion;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.VersionFile;
import org.moraine.registry.version.Versions;

/**
 * The models of another Hub as versions here, for every team to read. A name belongs to it where its owner is none of our
 * teams; and one that was taken from it stays so, also when a team of its owner's name is made later.
 */
@ApplicationScoped
public class Mirror {

    private static final Logger LOG = Logger.getLogger(Mirror.class);
    private static final long LARGEST = 1L << 40;
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,127}");

    private final Jdbi jdbi;
    private final Teams teams;
    private final Visible visible;
    private final Adapters adapters;
    private final Versions versions;
    private final Blobs blobs;
    private final Signatures signatures;
    private final Duration askAgain;
    private final @Nullable Upstream upstream;

    Mirror(
            MirrorConfig config,
            Jdbi jdbi,
            Teams teams,
            Visible visible,
            Adapters adapters,
            Versions versions,
            Blobs blobs,
            Signatures signatures,
            ObjectMapper json) {
        this.jdbi = jdbi;
        this.teams = teams;
        this.visible = visible;
        this.adapters = adapters;
        this.versions = versions;
        this.blobs = blobs;
        this.signatures = signatures;
        this.askAgain = config.askAgain();
        this.upstream = config.endpoint()
                .map(endpoint -> new Upstream(endpoint, config.token().orElse(null), json))
                .orElse(null);
    }

    /** The model that a path names, where it is one of the other Hub's. */
    public Optional<AdapterName> model(String owner, String name) {
        if (upstream == null) {
            return Optional.empty();
        }
        try {
            AdapterName model = new AdapterName(new TeamName(owner), name);
            return teams.exists(model.team()) && !visible.isMirrored(model) ? Optional.empty() : Optional.of(model);
        } catch (Refused e) { // a name that we could not keep
            return Optional.empty();
        }
    }

    /**
     * The version that a revision means now; empty where the other Hub has none. Where it cannot be asked, what it meant
     * last.
     */
    public Optional<Version> find(AdapterName model, String revision) {
        if (upstream == null || !REVISION.matcher(revision).matches() || revision.contains("..")) {
            return Optional.empty();
        }
        if (revision.matches("[0-9a-f]{40}")) {
            Optional<Version> known = versions.first(model, revision);
            if (known.isPresent()) {
                return known;
            }
        }
        Instant now = Instant.now();
        Optional<String> fresh = remembered(model, revision, now.minus(askAgain));
        if (fresh.isPresent()) {
            return versions.first(model, fresh.get());
        }
        try {
            Upstream.Revision found = upstream.revision(model, revision);
            Optional<Version> known = versions.first(model, found.commit());
            Version version = known.isPresent() ? known.get() : taken(upstream, model, found);
            remember(model, revision, found.commit(), now);
            return Optional.of(version);
        } catch (FileNotFoundException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.warnf("The other Hub cannot be asked model=%s: %s", model, e.getMessage());
            return remembered(model, revision, Instant.EPOCH).flatMap(commit -> versions.first(model, commit));
        }
    }

    private Optional<String> remembered(AdapterName model, String revision, Instant since) {
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT commit_id FROM mirrored_revisions WHERE model = ? AND revision = ? AND asked_at > ?",
                        model.toString(),
                        revision,
                        since.atOffset(ZoneOffset.UTC))
                .mapTo(String.class)
                .findOne());
    }

    private void remember(AdapterName model, String revision, String commit, Instant now) {
        jdbi.useHandle(handle -> handle.execute("""
                        INSERT INTO mirrored_revisions (model, revision, commit_id, asked_at) VALUES (?, ?, ?, ?)
                        ON CONFLICT (model, revision)
                        DO UPDATE SET commit_id = excluded.commit_id, asked_at = excluded.asked_at""", model.toString(), revision, commit, now.atOffset(ZoneOffset.UTC)));
    }

    /** Makes a version of a revision: small files are fetched, of large ones it is enough to know what they are. */
    private Version taken(Upstream from, AdapterName model, Upstream.Revision revision) throws IOException {
        List<Manifest.File> files = new ArrayList<>();
        for (Upstream.File file : revision.files()) {
            try {
                files.add(file(from, model, revision.commit(), file));
            } catch (Refused e) {
                LOG.warnf("Left out of the mirrored model=%s: %s", model, e.getMessage());
            }
        }
        Manifest manifest = new Manifest(files);
        jdbi.useTransaction(transaction -> {
            Adapters.Turn turn = adapters.takeMirrorTurn(transaction, model);
            if (versions.first(model, revision.commit()).isEmpty()) { // else by who had the turn before
                NewVersion made = new NewVersion(
                        null, model.team(), null, null, Method.FULL, Map.of(), manifest, revision.commit());
                versions.add(transaction, turn.adapterId(), turn.version(), made);
                signatures.sign(transaction, turn.adapterId(), model, turn.version(), manifest);
                adapters.finishTurn(transaction, turn);
            }
        });
        LOG.infof("Model mirrored model=%s commit=%s files=%d", model, revision.commit(), files.size());
        return versions.first(model, revision.commit()).orElseThrow();
    }

    private Manifest.File file(Upstream from, AdapterName model, String commit, Upstream.File file) throws IOException {
        Digest digest = file.digest();
        Manifest.File said = new Manifest.File(
                file.path(), file.size(), digest == null ? Digest.of(new byte[0]) : digest); // refuses a strange path
        if (digest != null) {
            blobs.expect(digest, file.size());
            return said;
        }
        try (InputStream bytes = from.open(model, commit, file.path(), null);
                Receiving store = blobs.receive(LARGEST)) {
            bytes.transferTo(store);
            Blob stored = store.finish();
            return new Manifest.File(file.path(), stored.size(), stored.digest());
        }
    }

    /**
     * Reads a part of a mirrored file, which is fetched where it is not here yet: the whole of it is stored on its way, a
     * part passes through. The caller closes the stream.
     */
    public InputStream read(Version version, VersionFile file, long from, long length) throws IOException {
        if (upstream == null || length == 0 || blobs.isHere(file.digest())) {
            return blobs.read(file.digest(), file.size(), from, length);
        }
        if (length < file.size()) {
            String range = "bytes=" + from + "-" + (from + length - 1);
            return upstream.open(version.adapter(), version.commit(), file.path(), range);
        }
        InputStream bytes = upstream.open(version.adapter(), version.commit(), file.path(), null);
        return new Fetched(bytes, blobs.receive(LARGEST), file.digest(), file.size());
    }
}
