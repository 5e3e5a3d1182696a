package org.moraine.registry.signature;

import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.signature.SignedModel;
import org.moraine.blobs.signature.SigningKey;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Manifest;

/** Signs versions when they are made, where the registry has a key. */
@Startup
@Singleton
public class Signatures {

    private static final Logger LOG = Logger.getLogger(Signatures.class);

    private final Jdbi jdbi;
    private final @Nullable SigningKey key;

    /** Throws, and so keeps the service from starting, where keys are configured that cannot sign. */
    Signatures(Jdbi jdbi, SigningConfig config) throws IOException {
        this.jdbi = jdbi;
        if (config.keyFile().isPresent() != config.publicKeyFile().isPresent()) {
            throw new IllegalArgumentException("Set moraine.signing.key-file and public-key-file, or neither");
        }
        this.key = config.keyFile().isPresent()
                ? SigningKey.read(config.keyFile().get(), config.publicKeyFile().orElseThrow())
                : null;
        if (key != null) {
            LOG.infof("Versions are signed key=%s", key.digest());
        }
    }

    /** Signs a version that is being made; nothing happens without a key. */
    public void sign(Handle transaction, long adapterId, AdapterName adapter, int version, Manifest manifest) {
        if (key == null) {
            return;
        }
        String bundle = SignedModel.sign(adapter + "@v" + version, manifest, key);
        transaction.execute(
                "INSERT INTO signatures (adapter_id, version, bundle, key_digest) VALUES (?, ?, ?, ?)",
                adapterId,
                version,
                bundle,
                key.digest());
    }

    /** A bundle of the content of a commit, which versions may share; empty where none of them was signed. */
    Optional<String> find(AdapterName adapter, String commit) {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT s.bundle FROM signatures s JOIN adapters a ON a.id = s.adapter_id
                        JOIN live_versions v ON v.adapter_id = s.adapter_id AND v.version = s.version
                        WHERE a.team = ? AND a.adapter = ? AND v.commit_id = ? ORDER BY s.version LIMIT 1""", adapter.team().value(), adapter.adapter(), commit)
                .mapTo(String.class)
                .findOne());
    }

    /** A version's bundle; empty where it was not signed. */
    Optional<String> find(AdapterName adapter, int version) {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT s.bundle FROM signatures s JOIN adapters a ON a.id = s.adapter_id
                        WHERE a.team = ? AND a.adapter = ? AND s.version = ?""", adapter.team().value(), adapter.adapter(), version)
                .mapTo(String.class)
                .findOne());
    }

    /** The public key that new versions are verified with; empty where they are not signed. */
    Optional<String> publicKey() {
        return Optional.ofNullable(key).map(SigningKey::pem);
    }
}
