<?php
// SimpleSAMLphp as an identity provider for the tests: what it needs to know comes from the environment.
$config = [
    'baseurlpath' => getenv('PEER_URL') . '/',
    'certdir' => getenv('PEER_FOLDER') . '/',
    'datadir' => getenv('PEER_FOLDER') . '/',
    'tempdir' => getenv('PEER_FOLDER') . '/tmp',
    'loggingdir' => getenv('PEER_FOLDER') . '/',
    'logging.handler' => 'errorlog',
    'logging.level' => 3,
    'secretsalt' => getenv('PEER_SALT'),
    'auth.adminpassword' => getenv('PEER_SALT'),
    'technicalcontact_email' => 'nobody@ent.invalid',
    'timezone' => 'Europe/Paris',
    'language.default' => 'fr',
    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],
    'session.cookie.secure' => false,
    'session.phpsession.savepath' => getenv('PEER_FOLDER') . '/tmp',
    'store.type' => 'phpsession',
    'metadata.sources' => [['type' => 'flatfile', 'directory' => __DIR__ . '/metadata']],
];
