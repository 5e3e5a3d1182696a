package org.moraine.worker;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.EarlierAdapter;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Publication;

/**
 * registry-service as the worker calls it. Every call may be made again, and is, while the registry is away.
 */
@Singleton
public class RegistryClient {

    private static final int NOT_FOUND = 404;

    private final Peer peer;
    private final Duration patience;

    RegistryClient(WorkerConfig config, RegistryConfig registry, ObjectMapper json) {
        this.peer = new Peer("registry-service", registry.url(), config.key(), json);
        this.patience = config.patience();
    }

    /** Asks for a blob, whichever answer comes: no bytes at all are as good as any. */
    public void requireAnswer() throws IOException {
        boolean unused = has("/api/v1/blobs/" + Digest.of(new byte[0]));
    }

    /** Uploads a file's bytes unless the registry has them. */
    public Path store(Manifest.File described, Path file) {
        String path = "/api/v1/blobs/" + described.digest();
        return peer.persist(patience, () -> {
            if (!has(path)) {
                peer.once(peer.request(path).PUT(BodyPublishers.ofFile(file)), described.size());
            }
            return file;
        });
    }

    /** What the registry says of a version, as far as a worker asks. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Described(Manifest manifest) {}

    /**
     * The files of a version.
     *
     * @throws Declined with status 404 where it is not there any more
     */
    public Manifest files(EarlierAdapter version) {
        return peer.persist(patience, () -> peer.once(peer.request(path(version)), Described.class))
                .manifest();
    }

    /** Writes one file of a version to {@code into}; its bytes are not checked here. */
    public void fetch(EarlierAdapter version, Manifest.File file, Path into) {
        String path = "/" + version.adapter() + "/resolve/" + version.commit() + "/" + file.path();
        peer.persist(patience, () -> {
            peer.fetch(peer.request(path), into, file.size());
            return into;
        });
    }

    /**
     * The signature of a version, a Sigstore bundle.
     *
     * @throws Declined with status 404 where it has none
     */
    public byte[] signature(EarlierAdapter version) {
        return peer.persist(patience, () -> peer.once(peer.request(path(version) + "/signature")));
    }

    private static String path(EarlierAdapter version) {
        return "/api/v1/adapters/" + version.adapter() + "/versions/" + version.version();
    }

    private boolean has(String path) throws IOException {
        try {
            peer.once(peer.request(path).method("HEAD", BodyPublishers.noBody()));
            return true;
        } catch (Declined e) {
            if (e.status() == NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /** Makes the job's version, or gets the one that was made before. */
    public Publication.Made publish(AdapterName adapter, Publication publication) {
        String path = "/api/v1/adapters/" + adapter + "/versions";
        return peer.persist(patience, () -> peer.once(peer.send("POST", path, publication), Publication.Made.class));
    }
}
